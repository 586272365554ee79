"""Daily statistics in SQL, and the days that must be closed again."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, select, tuple_
from sqlalchemy.sql.dml import ReturningDelete

from airq_cron.clock import Clock, SystemClock
from airq_cron.domain.daily import DailyStatistic, DayStatus
from airq_cron.ports import DirtyDay, KeptDay
from airq_cron.store.air_tables import day_revisions, days, dirty_days
from airq_cron.store.bulk import BulkUpsert, insert_new, replace_changed
from airq_cron.store.vocabulary import ORIGINS, POLLUTANTS, UNITS

put_rows = replace_changed(days)
# DO UPDATE locks the mark, as that of a dirty hour.
mark_rows = BulkUpsert(dirty_days, lambda new: {"marked_at": new["marked_at"]})


def _take() -> ReturningDelete[Any]:
    key = dirty_days.primary_key.columns
    oldest = (
        select(*key)
        .where(
            dirty_days.c.location == bindparam("place"),
            dirty_days.c.day < bindparam("before"),
        )
        .order_by(*key)
        .limit(bindparam("limit"))
        .with_for_update()
    )
    # PostgreSQL may carry out a subquery more than once, and take more than its
    # limit; a CTE with a lock is carried out once.
    chosen = tuple_(*key).in_(select(*oldest.cte("oldest").c))
    return delete(dirty_days).where(chosen).returning(*key)


# Built once: each is asked for every place, and to build it takes as long as to ask.
TAKE = _take()
IS_DIRTY = select(
    exists().where(
        dirty_days.c.location == bindparam("place"),
        dirty_days.c.day < bindparam("before"),
    )
)
CLEAR = delete(dirty_days).where(
    dirty_days.c.location == bindparam("place"),
    dirty_days.c.day.in_(bindparam("all_days", expanding=True)),
)
PROVISIONAL = (
    select(days.c.day)
    .where(
        days.c.location == bindparam("place"),
        days.c.day < bindparam("before"),
        days.c.status == DayStatus.PROVISIONAL.value,
    )
    .distinct()
    .order_by(days.c.day)
)
WITHIN = (
    select(days)
    .where(
        days.c.location == bindparam("place"),
        days.c.day >= bindparam("since"),
        days.c.day < bindparam("until"),
    )
    .order_by(days.c.day, days.c.provider, days.c.pollutant)
)


class DayTables:
    """The tables `days` and `dirty_days`."""

    def __init__(self, connection: Connection, clock: Clock | None = None) -> None:
        self._connection = connection
        self._clock = clock or SystemClock()

    def mark_dirty_days(self, days: Iterable[DirtyDay]) -> None:
        """Note local days whose hours changed."""
        at = self._clock.now()
        rows = [(one.location, one.day, one.provider, at) for one in days]
        mark_rows(self._connection, rows)

    def take_dirty_days(
        self, location: str, *, before: date, limit: int
    ) -> list[DirtyDay]:
        """
        Remove and return dirty days of *location* before *before*, oldest first.

        It waits for uncommitted marks, as `take_dirty_hours` does.
        """
        values = {"place": location, "before": before, "limit": limit}
        found = self._connection.execute(TAKE, values)
        rows = sorted(tuple(row) for row in found)
        return [DirtyDay(place, provider, day) for place, day, provider in rows]

    def has_dirty_days(self, location: str, *, before: date) -> bool:
        """Say whether a day of *location* before *before* is dirty."""
        values = {"place": location, "before": before}
        return bool(self._connection.execute(IS_DIRTY, values).scalar_one())

    def clear_dirty_days(self, location: str, days: Sequence[date]) -> None:
        """Forget that these days are dirty: they are about to be closed."""
        self._connection.execute(CLEAR, {"place": location, "all_days": list(days)})

    def provisional_days(self, location: str, *, before: date) -> list[date]:
        """Return days that are provisional and earlier than *before*, in order."""
        values = {"place": location, "before": before}
        return list(self._connection.execute(PROVISIONAL, values).scalars())

    def put_days(self, rows: Sequence[DailyStatistic]) -> int:
        """Store statistics; return how many differ from what was there."""
        now = self._clock.now()
        return put_rows(self._connection, [_values(row, now) for row in rows])

    def keep_revisions(self, rows: Sequence[DailyStatistic]) -> None:
        """Keep settled statistics as they were before they were revised."""
        now = self._clock.now()
        for row in rows:
            values = zip(day_revisions.c.keys(), (*_values(row, now), now), strict=True)
            # Whoever closed the same day at the same time has kept it already.
            insert_new(self._connection, day_revisions, dict(values))

    def day_revisions(self, location: str, day: date) -> list[KeptDay]:
        """Return what the statistics of a day were, by pollutant, oldest first."""
        table = day_revisions
        query = (
            select(table)
            .where(table.c.location == location, table.c.day == day)
            .order_by(table.c.pollutant, table.c.provider, table.c.revision)
        )
        found = self._connection.execute(query)
        return [KeptDay(_statistic(row), row.replaced_at) for row in found]

    def closed_days(self, days_: Collection[DirtyDay]) -> set[DirtyDay]:
        """Return those of *days_* that have been closed before."""
        if not days_:
            return set()
        key = (days.c.location, days.c.provider, days.c.day)
        wanted = [(one.location, one.provider, one.day) for one in days_]
        query = select(*key).where(tuple_(*key).in_(wanted)).distinct()
        return {DirtyDay(*row) for row in self._connection.execute(query)}

    def days(self, location: str, since: date, until: date) -> list[DailyStatistic]:
        """Return statistics by day, provider and pollutant; day in [since, until)."""
        values = {"place": location, "since": since, "until": until}
        return [_statistic(row) for row in self._connection.execute(WITHIN, values)]


def _values(row: DailyStatistic, now: datetime) -> tuple[Any, ...]:
    """Return the values of *row* in the order of the table's columns."""
    return (
        row.location,
        row.day,
        row.provider,
        row.pollutant.value,
        row.zone,
        row.unit.value,
        row.origin.value,
        row.hours_valid,
        row.hours_expected,
        row.sum_micros,
        row.min_micros,
        row.max_micros,
        row.max_hour,
        row.status.value,
        row.revision,
        now,
        row.median_micros,
        row.p95_micros,
        row.mda8_eu_micros,
        row.mda8_eu_ends_at,
        row.mda8_us_micros,
        row.mda8_us_starts_at,
    )


def _statistic(row: Any) -> DailyStatistic:
    return DailyStatistic(
        location=row.location,
        provider=row.provider,
        pollutant=POLLUTANTS[row.pollutant],
        day=row.day,
        zone=row.zone,
        unit=UNITS[row.unit],
        origin=ORIGINS[row.origin],
        hours_valid=row.hours_valid,
        hours_expected=row.hours_expected,
        sum_micros=row.sum_micros,
        min_micros=row.min_micros,
        max_micros=row.max_micros,
        max_hour=row.max_hour,
        status=DayStatus(row.status),
        revision=row.revision,
        median_micros=row.median_micros,
        p95_micros=row.p95_micros,
        mda8_eu_micros=row.mda8_eu_micros,
        mda8_eu_ends_at=row.mda8_eu_ends_at,
        mda8_us_micros=row.mda8_us_micros,
        mda8_us_starts_at=row.mda8_us_starts_at,
    )
