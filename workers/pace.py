"""When something that comes again and again is due."""

from datetime import timedelta

# A process tells so often that it lives, and counts as alive for so long after: two
# signs in a row may fail, and the third be late by three seconds.
REPORT_EVERY_S = 4.0
ALIVE = timedelta(seconds=15)


class Pace:
    """Says when something is due again; the first time at once."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._next: float | None = None

    def is_due(self, now: float) -> bool:
        """Say whether the time has come, and count the next pause from *now*."""
        if self._next is not None and now < self._next:
            return False
        self._next = now + self._every_s
        return True
