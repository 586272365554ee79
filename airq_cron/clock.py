"""The only reader of time."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What loops and adapters ask for time; pure code takes instants instead."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back, for durations."""

    def wait(self, seconds: float) -> None:
        """Let *seconds* pass."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds of the monotonic clock."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Sleep for *seconds*; nothing happens for zero or less."""
        if seconds > 0:
            time.sleep(seconds)
