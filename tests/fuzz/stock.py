"""An instance with something of everything, so that its answers are full."""

from datetime import date, datetime, timedelta

from airq_cron.domain.job import Overlap
from airq_cron.domain.run import State
from airq_cron.ports import Unit
from airq_cron.services.backfill import start_backfill
from airq_cron.services.finalise import close_days
from airq_cron.system import System
from tests import entries
from tests.flips import FLIP
from tests.unit.api.air_facts import HOUR, measure

DAYS = 9
ENDS = (State.SUCCEEDED, State.FAILED, State.DEAD)


def fill(system: System, tokens: list[str]) -> dict[str, list[str]]:
    """
    Fill the ledger and the air; return what can stand in addresses, by name.

    Args:
        tokens: ids of tokens that there are.
    """
    now = system.clock.now()
    _fill_air(system, now)
    runs = _fill_ledger(system)
    backfill = start_backfill(
        system.store,
        system.dispatcher,
        "hourly-aggregations",
        first=(now - timedelta(days=1)).date(),
        last=now.date(),
        at=now,
        by="test",
        overlap=Overlap.QUEUE_ALL,
    )
    yesterday = (now - timedelta(days=1)).date()
    return {
        "run": [*runs, FLIP.id, *tokens],
        "backfill": [backfill.id],
        "day": [_text(yesterday), _text(now.date())],
        "job": ["a-job", "fetch-paris-data", "weekly-cleanup"],
        "location": ["paris"],
        "provider": ["open-meteo"],
        "queue": ["data-fetch", "analytics"],
        "moment": ["last", "2026-03-01T00:01:00Z"],
    }


def _text(day: date) -> str:
    return day.isoformat()


def _fill_air(system: System, now: datetime) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    measure(system, [hour - back * HOUR for back in range(24 * DAYS)])
    days = [(now - timedelta(days=back)).date() for back in range(1, DAYS)]

    def close(unit: Unit) -> None:
        place = unit.locations.get("paris")
        close_days(unit, place, days, at=now, live=("open-meteo",))
        unit.flips.put(FLIP)

    system.store.write(close)


def _fill_ledger(system: System) -> list[str]:
    store = system.store
    store.write(lambda unit: unit.jobs.add(entries.job(enabled=False)))
    ended = [
        entries.end(store, minute, state).run_id for minute, state in enumerate(ENDS)
    ]
    _, parts = entries.split(store, 3, minute=10)
    waiting = entries.enter(store, entries.waiting(20))
    return [*ended, *parts, *waiting]
