"""What changes in SQL whenever the figures of a place do."""

from datetime import date

from sqlalchemy import ColumnElement, Connection, func, select

from airq_cron.domain.period import Period
from airq_cron.ports import DayStamp
from airq_cron.store.air_tables import days, hours
from airq_cron.store.instants import distinct_instants


class StampTables:
    """The stamps of the tables `days` and `hours`."""

    _connection: Connection

    def stamp(
        self, location: str, since: date, until: date, period: Period
    ) -> DayStamp:
        """Return the stamp of days in [since, until) and of the hours of *period*."""
        of_days = self._connection.execute(
            select(
                func.max(days.c.updated_at),
                func.count(),
                *map(_sum, (days.c.revision, days.c.sum_micros, days.c.hours_valid)),
                # Each status has a length of its own.
                _sum(func.length(days.c.status)),
            )
            .where(days.c.location == location)
            .where(days.c.day >= since, days.c.day < until)
        ).one()
        instants = distinct_instants(hours.c.hour, period.start, period.end)
        of_hours = self._connection.execute(
            select(
                func.max(hours.c.updated_at),
                func.count(),
                *map(_sum, (hours.c.mean_micros, hours.c.n)),
            )
            .join(instants, hours.c.hour == instants.c.at)
            .where(hours.c.location == location)
        ).one()
        updated = [one for one in (of_days[0], of_hours[0]) if one is not None]
        return DayStamp(
            updated_at=max(updated, default=None),
            rows=of_days[1] + of_hours[1],
            revisions=int(of_days[2]),
            sums=tuple(int(one) for one in (*of_days[3:], *of_hours[2:])),
        )


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)
