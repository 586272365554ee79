"""
Supervisord, tied to the life of `airq up`; run as a process of its own.

Supervisor does the supervising. Three things are added, each by overriding one
plain method of its options: it stops when `airq up` dies, its programs stop when
it dies, and a signal wakes it at once instead of within a second.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from supervisor.medusa import asyncore_25 as asyncore
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """
    Ask the kernel for SIGTERM when the parent process ends, however it ends.

    Elsewhere than on Linux nothing happens: there the next `airq up` on the
    same directory ends what was left behind.

    Args:
        parent: its pid; when it is gone already, this process ends now.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


class SignalWaker:
    """A file in supervisord's poll loop that becomes readable with each signal."""

    def __init__(self) -> None:
        self.fd, self._write_fd = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write_fd, False)
        signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        # The first poll returns at once too: programs start without a second's wait.
        os.write(self._write_fd, b"\0")

    def readable(self) -> bool:
        """Tell supervisord to poll this file."""
        return True

    def writable(self) -> bool:
        """Tell supervisord not to poll this file for writing."""
        return False

    def handle_read_event(self) -> None:
        """Take what the signals wrote; the loop then looks at them itself."""
        os.read(self.fd, 4096)

    def handle_error(self) -> None:
        """Do nothing: an empty pipe is no error."""


class GuardianOptions(ServerOptions):  # type: ignore[misc]
    """Supervisord's options with the waker, and programs tied to this process."""

    def __init__(self) -> None:
        super().__init__()
        self._own_pid = os.getpid()
        self._waker = SignalWaker()

    def get_socket_map(self) -> dict[int, Any]:
        """Return what the loop polls beside the programs' output."""
        socket_map: dict[int, Any] = super().get_socket_map()
        socket_map.setdefault(self._waker.fd, self._waker)
        return socket_map

    def setpgrp(self) -> None:
        """Prepare a program between fork and exec."""
        super().setpgrp()
        die_with_parent(self._own_pid)


def main(argv: Sequence[str]) -> None:
    """Supervise as `argv[0]` (a configuration file) says, for the pid `argv[1]`."""
    configuration, parent = argv
    options = GuardianOptions()
    options.realize(["-n", "-c", configuration], doc=__doc__)
    options.first = True
    options.test = False
    supervisor = Supervisor(options)
    # Not earlier: a signal before this would end the process, not the programs.
    options.setsignals()
    die_with_parent(int(parent))
    try:
        supervisor.main()
    except asyncore.ExitNow:
        pass
    finally:
        options.close_httpservers()
        options.close_logger()


if __name__ == "__main__":
    main(sys.argv[1:])
