"""Backfills to start and to work off, each with only what a test says of it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from airq_cron.domain.backfill import Backfill
from airq_cron.domain.job import Job, Overlap, Priority
from airq_cron.domain.run import Run
from airq_cron.errors import StoreError
from airq_cron.ports import RunFilter, Unit
from airq_cron.services.backfill import start_backfill
from airq_cron.services.execute import Ending, execute_run
from airq_cron.store.store import SqlStore
from airq_cron.testing import RecordingDispatcher
from tests import entries

DAY = timedelta(days=1)
FIRST = date(2026, 2, 1)

Start = Callable[..., Backfill]
T = TypeVar("T")


class Away:
    """A store that, once, cannot write for too long, after so many writes."""

    def __init__(self, store: SqlStore, after: int) -> None:
        self.read = store.read
        self._write = store.write
        self._left = after

    def write(self, work: Callable[[Unit], T], **options: Any) -> T:
        """Write, or say that it did not succeed."""
        self._left -= 1
        if self._left == -1:
            raise StoreError("no success within 2 s: database is locked")
        return self._write(work, **options)


def starter(store: SqlStore, dispatcher: RecordingDispatcher, at: datetime) -> Start:
    """Return a function that enters a job of every night and starts a backfill."""

    def once(
        first: date = FIRST,
        last: date = FIRST + 2 * DAY,
        job: Job | None = None,
        **options: Any,
    ) -> Backfill:
        entered = job or nightly()
        with store.read() as unit:
            known = {one.name for one in unit.jobs.all()}
        if entered.name not in known:
            store.write(lambda unit: unit.jobs.add(entered))
        given: dict[str, Any] = {
            "first": first,
            "last": last,
            "at": at,
            "by": "cli:me",
        } | options
        return start_backfill(store, dispatcher, entered.name, **given)

    return once


def nightly(schedule: str = "59 23 * * *", zone: str = "Europe/Paris") -> Job:
    """Return a job of the last minute of each day."""
    return entries.job(
        schedule=schedule, zone=zone, priority=Priority.HIGH, overlap=Overlap.SKIP
    )


def runs_of(store: SqlStore, backfill: Backfill) -> list[Run]:
    """Return the backfill's runs, oldest first."""
    with store.read() as unit:
        found = unit.runs.find(
            RunFilter(origin=backfill.origin), limit=1000, after=None
        )
    return found[::-1]


def work_off(store: SqlStore, dispatcher: RecordingDispatcher) -> list[str]:
    """Execute what is published until nothing comes any more; return the order."""
    done: list[str] = []
    while len(done) < len(dispatcher.ids):
        run_id = dispatcher.ids[len(done)]
        work_one(store, dispatcher, run_id)
        done.append(run_id)
    return done


def work_one(store: SqlStore, dispatcher: RecordingDispatcher, run_id: str) -> None:
    """Execute one run."""
    execute_run(
        store,
        dispatcher,
        run_id,
        owner=entries.OWNER,
        body=lambda _: Ending(),
        chance=lambda: 0.0,
    )
