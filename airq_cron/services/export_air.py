"""Give the figures of a place away: whole stretches, batch by batch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from airq_cron.domain.csv_text import comment_line, csv_text
from airq_cron.domain.export_rows import (
    DAILY,
    HOURLY,
    SERIES,
    Cells,
    daily_row,
    hourly_row,
    series_row,
)
from airq_cron.domain.measurement import Location
from airq_cron.domain.page import Page
from airq_cron.domain.period import Period, local_date
from airq_cron.domain.report import SourceLine, source_lines
from airq_cron.domain.run import instant_text
from airq_cron.ports import Store
from airq_cron.services.read_air import (
    AirQuery,
    read_hourly,
    read_series,
    window_of,
)
from airq_cron.services.read_days import DAY, USUAL_DAYS, read_days

BATCH = 1000
MONTH = 31 * DAY


class What(StrEnum):
    """Which figures."""

    SERIES = "series"
    HOURLY = "hourly"
    DAILY = "daily"


COLUMNS = {What.SERIES: SERIES, What.HOURLY: HOURLY, What.DAILY: DAILY}


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Some rows, oldest first.

    Attributes:
        share: how much of the period has been read with them, 0 to 1.
    """

    rows: Sequence[Cells]
    share: float


@dataclass(frozen=True, slots=True)
class Export:
    """
    Figures of a place over a period, and whom to name for them.

    Attributes:
        batches: to be read once; each is a short transaction of its own, so that
            memory does not grow with the period.
    """

    what: What
    location: Location
    period: Period
    sources: tuple[SourceLine, ...]
    as_of: datetime
    batches: Iterator[Batch]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the cells of each row."""
        return COLUMNS[self.what]

    @property
    def attribution(self) -> str:
        """Whom to name, in one line."""
        return " | ".join(f"{one.provider}: {one.attribution}" for one in self.sources)


def export_air(
    store: Store,
    what: What,
    location_id: str,
    query: AirQuery,
    *,
    attributions: Mapping[str, str],
) -> Export:
    """
    Return the figures of a place; all checks are made before the first batch.

    Args:
        query: at most 366 days; its limit does not count.
        attributions: what the licences of the providers want to be shown.

    Raises:
        NotFoundError: no such location.
        InvalidError: names `to`.
    """
    with store.read() as unit:
        place, now = unit.locations.get(location_id), unit.runs.now()
        period = _period(what, query, place, now)
        series = [
            one
            for one in unit.measurements.series(place.id)
            if one.first_at < period.end
            and one.last_at >= period.start
            and query.provider in (None, one.provider)
        ]
        stations = unit.sources.of(place.id)
    fixed = replace(query, since=period.start, until=period.end, limit=BATCH)
    if what is What.DAILY:
        batches = _days(store, place, period, query)
    elif what is What.HOURLY:
        batches = _pages(store, place, fixed, period, read_hourly, hourly_row)
    else:
        batches = _pages(store, place, fixed, period, read_series, series_row)
    sources = source_lines(series, attributions, stations, period)
    return Export(what, place, period, sources, now, batches)


def csv_chunks(export: Export) -> Iterator[str]:
    """
    Yield the export as CSV: a head of comments, the names, then batches of lines.

    The head begins with `#`: whom to name, the period, the zone.
    """
    place, period = export.location, export.period
    yield comment_line("location", f"{place.id} ({place.name})")
    yield comment_line("zone", place.zone)
    yield comment_line(
        "period",
        f"{instant_text(period.start)} to {instant_text(period.end)}, excluded",
    )
    for one in export.sources:
        yield comment_line("attribution", f"{one.provider}: {one.attribution}")
    yield comment_line("as_of", instant_text(export.as_of))
    yield csv_text([export.columns])
    for batch in export.batches:
        yield csv_text(batch.rows)


def _period(what: What, query: AirQuery, place: Location, now: datetime) -> Period:
    if what is not What.DAILY:
        return window_of(query, place.zone, now)
    last = query.until or local_date(now, place.zone)
    first = query.since or last - (USUAL_DAYS - 1) * DAY
    return window_of(replace(query, since=first, until=last), place.zone, now)


def _pages(
    store: Store,
    place: Location,
    query: AirQuery,
    period: Period,
    read: Callable[[Store, str, AirQuery], Page[Any]],
    row: Callable[[Any], Cells],
) -> Iterator[Batch]:
    after = query.after
    while True:
        page = read(store, place.id, replace(query, after=after))
        after = page.after
        share = 1.0
        if after is not None:
            reached = datetime.fromisoformat(after[0]) - period.start
            share = reached / period.length
        yield Batch([row(one) for one in page.items], share)
        if after is None:
            return


def _days(
    store: Store, place: Location, period: Period, query: AirQuery
) -> Iterator[Batch]:
    first = local_date(period.start, place.zone)
    last = local_date(period.end - timedelta(microseconds=1), place.zone)
    total, since = last - first + DAY, first
    while since <= last:
        until = min(since + MONTH - DAY, last)
        found = read_days(
            store, place.id, since=since, until=until, provider=query.provider
        )
        rows = [
            daily_row(statistic)
            for day in found.items
            for statistic in day.pollutants.values()
            if query.pollutant in (None, statistic.pollutant)
        ]
        since = until + DAY
        yield Batch(rows, (since - first) / total)
