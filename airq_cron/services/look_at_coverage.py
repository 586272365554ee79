"""Look at how many of the hours of a day each place has, for alerts."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from airq_cron.domain.completeness import DAY, Coverage, least_covered, settled_until
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.measurement import Location, Series
from airq_cron.domain.period import Period
from airq_cron.ports import Store, Unit
from airq_cron.services.look_around import Finding
from airq_cron.services.look_at_queues import CLEARLY

# A day of ten thousand places takes seconds to be counted, and hours come slowly.
COUNTED_EVERY = timedelta(minutes=10)
Line = tuple[Location, Coverage]


class CoverageLook:
    """
    Says how complete the last day of each place is, hour by hour.

    It counts at most every ten minutes; in between it says the same.

    Args:
        asked: the providers that are asked here; of others nothing is expected.
    """

    def __init__(self, store: Store, asked: Collection[str]) -> None:
        self._store = store
        self._asked = asked
        self._counted_at: datetime | None = None
        self._lines: Sequence[Line] = ()

    def look(
        self, at: datetime, *, least: float, stale: Collection[str]
    ) -> Iterator[Finding]:
        """
        Yield a finding for each enabled place of which something is expected.

        Args:
            least: a smaller share of the hours is too little; it is enough again a
                fifth of the way from there to 1.
            stale: places of which the alert `stale_data` says that nothing comes;
                they need no second one.

        Raises:
            StoreError: the database does not answer.
        """
        last = self._counted_at
        if last is None or not last <= at < last + COUNTED_EVERY:
            with self._store.read() as unit:
                self._lines = list(_count(unit, self._asked, at))
            self._counted_at = at
        enough = least + (1 - least) * (1 - CLEARLY)
        for place, found in self._lines:
            share = found.share.coverage or 0.0
            unclear = place.id in stale or least <= share < enough
            holds = None if unclear else share < least
            yield _finding(place, found, least, holds=holds)


def _finding(
    place: Location, found: Coverage, least: float, *, holds: bool | None
) -> Finding:
    share, name = found.share, found.pollutant.value
    return Finding(
        kind=FlipKind.INCOMPLETE_DATA,
        subject=f"location:{place.id}",
        holds=holds,
        message=f"{place.name} has {share.present} of the last {share.expected} hours "
        f"of {name} ({found.provider}), less than {least:.0%}. "
        f"Which are missing: airq locations gaps {place.id}",
        relief=f"{place.name} has {share.present} of the last {share.expected} hours "
        f"of every pollutant, or more",
        detail={
            "pollutant": name,
            "provider": found.provider,
            "hours": share.present,
            "expected": share.expected,
            "threshold": least,
        },
        location=place.id,
    )


def _count(unit: Unit, asked: Collection[str], at: datetime) -> Iterator[Line]:
    until = settled_until(at)
    window = Period(until - DAY, until)
    series: dict[str, list[Series]] = defaultdict(list)
    for one in unit.measurements.series():
        series[one.location].append(one)
    counts = unit.measurements.count_hours(window.start, window.end)
    for place in unit.locations.all():
        if not place.enabled:
            continue
        ours = frozenset(place.providers).intersection(asked)
        found = least_covered(series[place.id], counts, ours, window)
        if found is not None:
            yield place, found
