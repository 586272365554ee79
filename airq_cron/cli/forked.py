"""
Programs that are forked, instead of started anew, by a process with their libraries.

Loading them takes each program a second and 50 MiB. What was loaded before a fork
is in memory once, for all of them.
"""

import atexit
import ctypes
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal, NoReturn, TextIO

from airq_cron.config import adopt_environment
from airq_cron.garbage import spare_what_is_there

# What most programs of `airq up` need. Not their own modules: some of those read
# the settings when they are loaded.
SHARED = (
    "airq_cron.system",
    "airq_cron.watching",
    "airq_cron.cli.readiness",
    "airq_cron.cli.session",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.beat",
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "celery.worker.consumer",
    "flask_smorest",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "kombu.transport.redis",
    "rich.console",
)
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15


def load_shared() -> None:
    """Load what programs share, and spare it."""
    for name in SHARED:
        import_module(name)
    spare_what_is_there()


def begin_with(name: str, parent: int) -> None:
    """Be *name* just after a fork, and no longer than the process *parent*."""
    begin(name)
    die_with_parent(parent)


def begin(name: str) -> None:
    """Be *name* just after a fork, and forget what the parent does about signals."""
    forget_signals()
    _prctl(PR_SET_NAME, name.encode())


def forget_signals() -> None:
    """Let a signal do what it does to a process that was started anew."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def waking_pipe() -> tuple[int, int]:
    """
    Return both ends of a pipe that can be read as soon as a signal has come.

    It wakes who waits for several things at once; neither end ever blocks.
    """
    read_fd, write_fd = os.pipe()
    os.set_blocking(read_fd, False)
    os.set_blocking(write_fd, False)
    signal.set_wakeup_fd(write_fd, warn_on_full_buffer=False)
    return read_fd, write_fd


def die_with_parent(parent: int) -> None:
    """
    Ask the kernel for SIGTERM when the parent process ends, however it ends.

    Elsewhere than on Linux nothing happens: there the next `airq up` on the
    same directory ends what was left behind.

    Args:
        parent: its pid; when it is gone already, this process ends now.
    """
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _prctl(option: int, value: int | bytes) -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(option, value)


def become(
    name: str, module: str, arguments: Sequence[str], environment: Mapping[str, str]
) -> NoReturn:
    """
    Be `python -m module arguments` in a process that was just forked, to its end.

    What `ps -o comm` shows of it is *name*: its command line stays the parent's.
    """
    code = 1
    try:
        begin(name)
        adopt_environment(environment)
        sys.argv = [module, *arguments]
        if not sys.flags.safe_path:
            sys.path[0] = str(Path.cwd())
        # The parent's may be closed, or a terminal's; ours are what 0 to 2 are now.
        sys.stdin = _stream(0, "r")
        sys.stdout, sys.stderr = _stream(1, "w"), _stream(2, "w")
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = _exit_code(ended)
    except BaseException:  # noqa: BLE001 - told, and turned into an exit code
        traceback.print_exc()
    finally:
        _finish(code)


def _stream(fd: int, mode: Literal["r", "w"]) -> TextIO:
    return open(fd, mode, buffering=1, encoding="utf-8", closefd=False)


def _exit_code(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    print(ended.code, file=sys.stderr)  # noqa: T201 - as the interpreter does
    return 1


def _finish(code: int) -> NoReturn:
    """End as the interpreter does; what the parent was about must not go on here."""
    try:
        # Nothing public does it without unwinding the parent's frames.
        threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001
        atexit._run_exitfuncs()  # noqa: SLF001
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code & 0xFF)
