"""Both kinds of figures behind the one port `Aggregates`."""

from airq_cron.store.days import DayTables
from airq_cron.store.hours import HourTables


class SqlAggregates(HourTables, DayTables):
    """Hourly aggregates, daily statistics, and what must be recomputed."""
