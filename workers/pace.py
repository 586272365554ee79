"""When something that comes again and again is due."""


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
