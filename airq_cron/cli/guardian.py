"""
Supervisord on a leash: what `airq up` runs to supervise, as a process of its own.

Supervisor does the supervising. Five things are added, each by overriding a plain
method: it stops when `airq up` ends, however it ends; its programs stop when it
ends; programs that need the database start when they are told to; those in Python
share what was loaded before; and a signal wakes it at once instead of within a
second.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from supervisor.medusa import asyncore_25 as asyncore
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

from airq_cron.cli.forked import (
    become,
    begin,
    die_with_parent,
    forget_signals,
    waking_pipe,
)
from airq_cron.config import adopt_environment

NAME = "supervisor"


class Watched:
    """A file in supervisord's poll loop."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def readable(self) -> bool:
        """Tell supervisord to poll this file."""
        return True

    def writable(self) -> bool:
        """Tell supervisord not to poll this file for writing."""
        return False

    def handle_read_event(self) -> None:
        """Take what there is to read."""
        os.read(self.fd, 4096)

    def handle_error(self) -> None:
        """Do nothing: an empty pipe is no error."""


class SignalWaker(Watched):
    """Becomes readable with each signal; the loop then looks at them itself."""

    def __init__(self) -> None:
        read_fd, write_fd = waking_pipe()
        super().__init__(read_fd)
        # The first poll returns at once too: programs start without a second's wait.
        os.write(write_fd, b"\0")


class Leash(Watched):
    """
    A pipe whose other end `airq up` holds.

    A byte starts the programs that wait; its end stops everything.
    """

    def __init__(self, fd: int, supervisor: Supervisor) -> None:
        super().__init__(fd)
        self._supervisor = supervisor
        self._is_held = True

    def readable(self) -> bool:
        """Tell supervisord to poll until the end was read."""
        return self._is_held

    def handle_read_event(self) -> None:
        """Do what the other end says."""
        if os.read(self.fd, 16):
            for group in self._supervisor.process_groups.values():
                for process in group.processes.values():
                    process.config.autostart = True
        else:
            self._is_held = False
            self._supervisor.options.logger.warn("airq up has ended")  # noqa: G010
            self._supervisor.options.mood = SupervisorStates.SHUTDOWN


class GuardianOptions(ServerOptions):  # type: ignore[misc]
    """Supervisord's options with further files to poll, and programs tied to it."""

    def __init__(self) -> None:
        super().__init__()
        self._own_pid = os.getpid()
        self.watched: list[Watched] = []

    def get_socket_map(self) -> dict[int, Any]:
        """Return what the loop polls beside the programs' output."""
        socket_map: dict[int, Any] = super().get_socket_map()
        socket_map.update({watched.fd: watched for watched in self.watched})
        return socket_map

    def setpgrp(self) -> None:
        """Prepare a program just after its fork."""
        # Before it may be told to die: a signal would go to the supervisor's list.
        forget_signals()
        super().setpgrp()
        die_with_parent(self._own_pid)

    def execve(
        self, filename: str, argv: Sequence[str], env: Mapping[str, str]
    ) -> None:
        """Become a program after the fork; one in Python needs no exec for it."""
        if tuple(argv[:2]) != (sys.executable, "-m"):
            super().execve(filename, argv, env)
        become(env["SUPERVISOR_PROCESS_NAME"], argv[2], argv[3:], env)


def guard(
    configuration: Path,
    *,
    leash: tuple[int, int],
    directory: Path,
    environment: Mapping[str, str],
    log: Path,
) -> None:
    """
    Supervise as this configuration file says, in a process that was just forked.

    Args:
        leash: both ends of a pipe; the parent keeps the second one open.
        log: where it says what it cannot say in supervisord's own.
    """
    begin(NAME)
    os.setsid()
    os.chdir(directory)
    adopt_environment(environment)
    with log.open("ab") as file:
        for fd in (1, 2):
            os.dup2(file.fileno(), fd)
    read_fd, write_fd = leash
    os.close(write_fd)
    options = GuardianOptions()
    options.realize(["-n", "-c", str(configuration)], doc=__doc__)
    options.first = True
    options.test = False
    supervisor = Supervisor(options)
    options.watched = [SignalWaker(), Leash(read_fd, supervisor)]
    try:
        supervisor.main()
    except asyncore.ExitNow:
        pass
    finally:
        options.close_httpservers()
        options.close_logger()
