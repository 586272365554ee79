"""Compare a batch of measurements with what is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from airq_cron.domain.measurement import Measurement

# What tells two measurements of one provider and location apart, and the columns
# in which they can differ. They are compared as the database gives them: making
# a Measurement of each stored row took half the time of an upsert.
Key = tuple[datetime, str]
Stored = tuple[int, str, str, int, datetime]


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    What a batch means for the rows that are stored.

    Attributes:
        new: nothing is stored for their hour.
        revised: the value, unit, origin or quality differs.
        confirmed: equal, but learnt later than what is stored.
    """

    new: list[Measurement] = field(default_factory=list)
    revised: list[Measurement] = field(default_factory=list)
    confirmed: list[Measurement] = field(default_factory=list)


def collapse(rows: Iterable[Measurement]) -> dict[Key, Measurement]:
    """Return one row a key: the last one, except that an older one never wins."""
    latest: dict[Key, Measurement] = {}
    for row in rows:
        key = (row.valid_from, row.pollutant)
        before = latest.get(key)
        if before is None or row.fetched_at >= before.fetched_at:
            latest[key] = row
    return latest


def compare(
    offered: Mapping[Key, Measurement], stored: Mapping[Key, Stored]
) -> Comparison:
    """
    Return what of *offered* must be written over *stored*.

    Rows that were learnt before the stored ones are left out.
    """
    result = Comparison()
    for key, row in offered.items():
        before = stored.get(key)
        if before is None:
            result.new.append(row)
            continue
        *content, fetched_at = before
        if row.fetched_at < fetched_at:
            continue
        if content != [row.micros, row.unit, row.origin, row.quality]:
            result.revised.append(row)
        elif row.fetched_at > fetched_at:
            result.confirmed.append(row)
    return result
