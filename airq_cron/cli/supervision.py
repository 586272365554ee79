"""The supervisor as `airq up` sees it: start it, keep it, stop it."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

from airq_cron.cli.guardian import guard
from airq_cron.cli.instance import Hold, Layout, sweep
from airq_cron.cli.processes import (
    HAND_BACK_S,
    Program,
    configuration,
    working_directory,
)
from airq_cron.clock import Clock

# After all others the broker stops; with the usual grace it is below 10 s in all.
BROKER_STOP_S = 1.2
LONGEST_BACKOFF_S = 30.0


class Supervision:
    """One supervisord and all it runs."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        layout: Layout,
        held: Hold,
        environment: Mapping[str, str],
        clock: Clock,
        stop_grace_s: int,
    ) -> None:
        stop_wait_s = stop_grace_s + HAND_BACK_S
        self._stop_limit_s = stop_wait_s + BROKER_STOP_S
        self._layout = layout
        self._held = held
        self._environment = environment
        self._clock = clock
        self._process: BaseProcess | None = None
        self._leash: int | None = None
        self._is_released = False
        self._failures = 0
        self._started_at = 0.0
        self._not_before = 0.0
        self._file = layout.sockets / "supervisord.conf"
        self._file.write_text(
            configuration(programs, layout, stop_wait_s=stop_wait_s), encoding="utf-8"
        )

    def start(self) -> None:
        """
        Fork the supervisor, which starts the programs that need no database.

        It inherits the lock, and stops when this process ends. No other thread may
        run: what it held would be held in the supervisor for ever.
        """
        read_fd, self._leash = os.pipe()
        self._process = get_context("fork").Process(
            target=guard,
            args=(self._file,),
            kwargs={
                "leash": (read_fd, self._leash),
                "directory": working_directory(self._layout),
                "environment": self._environment,
                "log": self._layout.log / "guardian.log",
            },
        )
        self._process.start()
        os.close(read_fd)
        self._started_at = self._clock.monotonic()
        self._held.note(pid=os.getpid(), supervisor=self._process.pid)
        if self._is_released:
            self.release()

    def release(self) -> None:
        """Start the other programs too: the database is ready."""
        self._is_released = True
        if self._leash is not None:
            # A supervisor that has just died is told when it comes back.
            with suppress(BrokenPipeError):
                os.write(self._leash, b"+")

    def keep(self) -> bool:
        """
        Look after the supervisor; return whether it had to be started again.

        What a dead one left behind is ended first, then a new one is started,
        at once or, when the last one did not live long, with growing pauses.
        """
        if self._process is not None:
            if self._process.is_alive():
                return False
            now = self._clock.monotonic()
            lived_long = now - self._started_at > LONGEST_BACKOFF_S
            self._failures = 0 if lived_long else self._failures + 1
            self._not_before = now + min(2.0**self._failures - 1, LONGEST_BACKOFF_S)
            self._process = None
            self._let_loose()
            sweep(self._layout)
        if self._clock.monotonic() < self._not_before:
            return False
        self.start()
        return True

    def stop(self) -> int:
        """Stop everything; return how many processes had to be ended hard."""
        if self._process is not None:
            self._process.terminate()
            self._let_loose()
            self._process.join(self._stop_limit_s)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process = None
        return sweep(self._layout, patience_s=0.3)

    def _let_loose(self) -> None:
        """Close the pipe whose end tells a supervisor to stop."""
        if self._leash is not None:
            os.close(self._leash)
            self._leash = None
