"""Whether something has been so for some looks in a row, or only once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Who has not looked for so long does not know what was in between: a health check is
# done now by this process, now by that.
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    Looks in a row that saw the same.

    Attributes:
        since: when the first of them was; *last* when the newest was.
    """

    holds: bool
    since: datetime
    last: datetime
    looks: int = 1


class Persistence:
    """The newest stretch of each condition, so that one odd look changes nothing."""

    def __init__(self) -> None:
        self._stretches: dict[str, Stretch] = {}

    def note(
        self, condition: str, at: datetime, *, holds: bool, looks: int
    ) -> datetime | None:
        """
        Return since when it has been so, or None while that is not believed.

        Args:
            looks: so many in a row are believed.
        """
        last = self._stretches.get(condition)
        if last and last.holds is holds and at - last.last <= LONGEST_PAUSE:
            stretch = Stretch(holds, last.since, at, last.looks + 1)
        else:
            stretch = Stretch(holds, at, at)
        self._stretches[condition] = stretch
        return stretch.since if stretch.looks >= looks else None

    def keep(self, conditions: set[str]) -> None:
        """Forget all other conditions: what was not looked at begins anew."""
        for gone in self._stretches.keys() - conditions:
            del self._stretches[gone]
