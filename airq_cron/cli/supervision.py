"""The supervisor as `airq up` sees it: start it, keep it, stop it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from airq_cron.cli.instance import MARK, Hold, Layout, sweep
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
        self._environment = {
            **environment,
            MARK: str(layout.var),
            "PYTHONUNBUFFERED": "1",
        }
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
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
        Start the supervisor and the programs that need no database.

        It inherits the lock, and stops when this process ends.
        """
        with (self._layout.log / "guardian.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "airq_cron.cli.guardian", str(self._file)],
                cwd=working_directory(self._layout),
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(self._held.fd,),
                bufsize=0,
            )
        self._started_at = self._clock.monotonic()
        self._held.note(pid=os.getpid(), supervisor=self._process.pid)
        if self._is_released:
            self.release()

    def release(self) -> None:
        """Start the other programs too: the database is ready."""
        self._is_released = True
        if self._process is not None and self._process.stdin is not None:
            # A supervisor that has just died is told when it comes back.
            with suppress(BrokenPipeError):
                self._process.stdin.write(b"+")

    def keep(self) -> bool:
        """
        Look after the supervisor; return whether it had to be started again.

        What a dead one left behind is ended first, then a new one is started,
        at once or, when the last one did not live long, with growing pauses.
        """
        if self._process is not None:
            if self._process.poll() is None:
                return False
            now = self._clock.monotonic()
            lived_long = now - self._started_at > LONGEST_BACKOFF_S
            self._failures = 0 if lived_long else self._failures + 1
            self._not_before = now + min(2.0**self._failures - 1, LONGEST_BACKOFF_S)
            self._let_go()
            sweep(self._layout)
        if self._clock.monotonic() < self._not_before:
            return False
        self.start()
        return True

    def stop(self) -> int:
        """Stop everything; return how many processes had to be ended hard."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(self._stop_limit_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._let_go()
        return sweep(self._layout, patience_s=0.3)

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
