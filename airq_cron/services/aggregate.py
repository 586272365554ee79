"""Recompute the hourly figures of every hour that changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.hourly import aggregate_hours
from airq_cron.domain.period import local_date
from airq_cron.domain.run import Claim
from airq_cron.ports import DirtyDay, DirtyHour, Store, Unit

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# 500 hours of five pollutants hold the write lock of SQLite for some 50 ms.
BATCH = 500


def aggregate_dirty(
    unit: Unit,
    zones: dict[str, str],
    *,
    limit: int = BATCH,
    location: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[int, int]:
    """
    Aggregate at most *limit* dirty hours; return how many, and how many changed.

    The same measurements give the same figures, so doing it twice is harmless.
    The local day of an hour whose figures changed becomes dirty.

    Args:
        zones: the zone of each location.
        location: only this place, and hours in [since, until).
    """
    hours = unit.aggregates.take_dirty_hours(
        limit, location=location, since=since, until=until
    )
    changed = 0
    for place, provider, group in _by_series(hours):
        changed += _recompute(unit, place, provider, group)
    unit.aggregates.mark_dirty_days(_days(hours, zones))
    return len(hours), changed


def _by_series(
    hours: Sequence[DirtyHour],
) -> list[tuple[str, str, list[DirtyHour]]]:
    groups: dict[tuple[str, str], list[DirtyHour]] = {}
    for hour in hours:
        groups.setdefault((hour.location, hour.provider), []).append(hour)
    return [(place, provider, group) for (place, provider), group in groups.items()]


def _recompute(
    unit: Unit, location: str, provider: str, hours: Sequence[DirtyHour]
) -> int:
    changed = 0
    for stretch in _stretches(sorted({hour.hour for hour in hours})):
        rows = unit.measurements.hours(
            location, provider, stretch[0], stretch[-1] + HOUR
        )
        wanted = set(stretch)
        changed += unit.aggregates.put_hours(
            [row for row in aggregate_hours(rows) if row.hour in wanted]
        )
    return changed


def _stretches(hours: Sequence[datetime]) -> list[list[datetime]]:
    """Split where a day or more lies between, so that no gap is read."""
    stretches: list[list[datetime]] = []
    for hour in hours:
        if stretches and hour - stretches[-1][-1] < DAY:
            stretches[-1].append(hour)
        else:
            stretches.append([hour])
    return stretches


def _days(hours: Sequence[DirtyHour], zones: dict[str, str]) -> list[DirtyDay]:
    days = {
        DirtyDay(
            hour.location,
            hour.provider,
            local_date(hour.hour, zones.get(hour.location, "UTC")),
        )
        for hour in hours
    }
    return sorted(days, key=lambda day: (day.location, day.provider, day.day))


def aggregate_all(store: Store, claim: Claim) -> dict[str, Any]:
    """
    Aggregate every dirty hour, in batches that are committed one by one.

    A run that dies in the middle has lost nothing: the hours of its unfinished
    batch are still dirty.

    Raises:
        LeaseLostError: another attempt owns the run now.
    """
    with store.read() as unit:
        zones = {place.id: place.zone for place in unit.locations.all()}
    hours = changed = 0
    while True:
        taken, differing = store.write(
            lambda unit: aggregate_dirty(unit, zones), claim=claim
        )
        hours += taken
        changed += differing
        if taken < BATCH:
            return {"hours": hours, "changed": changed}
