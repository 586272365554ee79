"""Both kinds of figures behind the one port `Aggregates`."""

from airq_cron.store.days import DayTables
from airq_cron.store.hours import HourTables
from airq_cron.store.stamps import StampTables


class SqlAggregates(HourTables, DayTables, StampTables):
    """Hourly aggregates, daily statistics, and what must be recomputed."""
