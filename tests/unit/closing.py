"""Closing days in tests: the job's run for a fire time, and what came of it."""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airq_cron.domain.daily import DailyStatistic, DayStatus
from airq_cron.services.aggregate import aggregate_all
from airq_cron.services.finalise import finalise_run
from airq_cron.store.store import SqlStore
from tests import entries

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The local day of Paris that ended an hour before this fire time is the 28th.
FIRE = datetime(2026, 2, 28, 23, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 2, 27, 23, tzinfo=UTC)
LAST_DAY = date(2026, 2, 28)
P, F, R, I = (  # noqa: E741
    DayStatus.PROVISIONAL, DayStatus.FINAL, DayStatus.REVISED, DayStatus.INSUFFICIENT
)  # fmt: skip

Finalise = Callable[..., dict[str, Any]]


def finaliser(store: SqlStore) -> Finalise:
    """Return a function that runs the job for a fire time, as a worker does."""
    made = 0

    def once(
        fire: datetime = FIRE, *, live: Collection[str] = ("open-meteo",)
    ) -> dict[str, Any]:
        nonlocal made
        made += 1
        claim = entries.begin(
            store,
            of="daily-statistics",
            kind="finalise",
            scheduled_for=fire,
            origin=f"manual:{made}",
        )
        result = finalise_run(store, claim, live=live)
        entries.finish(store, claim)
        return result

    return once


def aggregate(store: SqlStore, minute: int = 0) -> None:
    """Aggregate what is dirty, as the hourly job does."""
    claim = entries.begin(store, minute, of="hourly-aggregations", kind="aggregate")
    aggregate_all(store, claim)
    entries.finish(store, claim)


def days(store: SqlStore, provider: str = "open-meteo") -> dict[date, DailyStatistic]:
    """Return the statistics of Paris by day; of several pollutants the last."""
    with store.read() as unit:
        found = unit.aggregates.days("paris", date(2000, 1, 1), date(2100, 1, 1))
    return {row.day: row for row in found if row.provider == provider}
