"""How rows of measurements, series and marks are written in bulk."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, case, literal_column

from airq_cron.domain.measurement import Measurement, Origin
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.store.air_tables import dirty_hours, measurements, series
from airq_cron.store.bulk import BulkUpsert, Excluded, Row
from airq_cron.store.comparison import Comparison

# Drivers want plain texts, and `value` of an enum takes eight times as long.
WORDS: dict[str, str] = {
    one: one.value for kind in (Pollutant, Unit, Origin) for one in kind
}


def as_rows(found: Comparison) -> list[Row]:
    """Return the rows of `measurements` to be written."""
    return [
        (
            row.valid_from,
            row.location,
            row.provider,
            WORDS[row.pollutant],
            row.micros,
            WORDS[row.unit],
            WORDS[row.origin],
            int(row.quality),
            row.fetched_at,
            0,
        )
        for rows in (found.new, found.revised, found.confirmed)
        for row in rows
    ]


def series_rows(changed: Iterable[Measurement]) -> list[Row]:
    """Return the row of `series` of each pollutant: the span of *changed*."""
    by_pollutant: dict[Pollutant, list[Measurement]] = {}
    for row in changed:
        by_pollutant.setdefault(row.pollutant, []).append(row)
    begin = attrgetter("valid_from")
    return [
        (
            last.location,
            last.provider,
            WORDS[pollutant],
            WORDS[last.unit],
            WORDS[last.origin],
            min(map(begin, rows)),
            last.valid_from,
        )
        for pollutant, rows in by_pollutant.items()
        # The last one of equals: it was learnt last.
        for last in [max(reversed(rows), key=begin)]
    ]


def _differs(new: Excluded) -> ColumnElement[bool]:
    old = measurements.c
    return (
        (old.micros != new["micros"])
        | (old.unit != new["unit"])
        | (old.origin != new["origin"])
        | (old.quality != new["quality"])
    )


def _revise(new: Excluded) -> dict[str, ColumnElement[Any]]:
    more = case((_differs(new), literal_column("1")), else_=literal_column("0"))
    names = ("micros", "unit", "origin", "quality", "fetched_at")
    return {name: new[name] for name in names} | {
        "revisions": measurements.c.revisions + more
    }


def _not_older(new: Excluded) -> ColumnElement[bool]:
    old = measurements.c.fetched_at
    return (old < new["fetched_at"]) | ((old == new["fetched_at"]) & _differs(new))


def _extend(new: Excluded) -> dict[str, ColumnElement[Any]]:
    old = series.c
    earlier = new["first_at"] < old.first_at
    later = new["last_at"] >= old.last_at
    return {
        "first_at": case((earlier, new["first_at"]), else_=old.first_at),
        "last_at": case((later, new["last_at"]), else_=old.last_at),
        "unit": case((later, new["unit"]), else_=old.unit),
        "origin": case((later, new["origin"]), else_=old.origin),
    }


write_rows = BulkUpsert(measurements, _revise, _not_older)
extend_series = BulkUpsert(series, _extend)
# DO UPDATE although the mark stands already: the update locks its row, so that an
# aggregator's DELETE waits for this transaction and then reads what it wrote. After
# DO NOTHING it would take the mark, read the old values, and the new ones would
# stay out of the aggregates.
mark_dirty = BulkUpsert(dirty_hours, lambda new: {"marked_at": new["marked_at"]})
