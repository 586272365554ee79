"""Run a job for fire times of the past, on purpose."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import uuid4

from airq_cron.domain.job import Job, Priority
from airq_cron.domain.overlap import new_run
from airq_cron.domain.period import local_day
from airq_cron.domain.run import UNFINISHED, NewRun, State
from airq_cron.domain.schedule import parse_schedule
from airq_cron.errors import InvalidError
from airq_cron.ports import Dispatcher, Store, Unit
from airq_cron.services.execute import release_successor
from airq_cron.services.publish import publish_runs

BATCH = 500
MOST = 100_000
FIRST_YEAR, LAST_YEAR = 1970, 2099
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Backfill:
    """A stretch of past fire times of one job, entered in the ledger."""

    id: str
    job: str
    runs: int

    @property
    def origin(self) -> str:
        """The origin that its runs carry."""
        return f"backfill:{self.id}"


def start_backfill(
    store: Store,
    dispatcher: Dispatcher,
    job_name: str,
    *,
    first: date,
    last: date,
    at: datetime,
) -> Backfill:
    """
    Enter one run for each fire time on the local dates *first* to *last*.

    The dates are dates in the job's zone, both included; fire times after *at*
    are left out. The runs wait for one another, oldest first, with priority
    low, so that the live schedule is not held up. A second backfill of the same
    dates is a new one: its runs compute everything again.

    Raises:
        NotFoundError: no such job.
        InvalidError: `from`, `to`: out of order, outside of the years 1970 to
            2099, no fire time, or too many.
    """
    with store.read() as unit:
        job = unit.jobs.get(job_name)
    fire_times = _past_fire_times(job, first, last, at)
    backfill = Backfill(uuid4().hex[:12], job_name, len(fire_times))
    for start in range(0, len(fire_times), BATCH):
        runs = [
            new_run(
                job,
                fire_time,
                state=State.WAITING,
                reason="predecessor",
                origin=backfill.origin,
                priority=Priority.LOW.value,
            )
            for fire_time in fire_times[start : start + BATCH]
        ]
        store.write(partial(_insert, runs=runs))
    # Released last: a first run that ends early must find its successor.
    released = store.write(
        lambda unit: release_successor(unit, job_name, backfill.origin)
    )
    publish_runs(store, dispatcher, released)
    return backfill


def _past_fire_times(job: Job, first: date, last: date, at: datetime) -> list[datetime]:
    _check_dates(first, last)
    schedule = parse_schedule(job.schedule, job.zone)
    since = local_day(first, job.zone).start - MOMENT
    until = min(local_day(last, job.zone).end - MOMENT, at)
    found = schedule.between(since, until, MOST + 1) if since < until else []
    if not found:
        raise InvalidError("from", f"{job.name} has no fire time up to now in there")
    if len(found) > MOST:
        raise InvalidError("to", f"more than {MOST} fire times; take fewer days")
    return found


def _check_dates(first: date, last: date) -> None:
    for name, day in (("from", first), ("to", last)):
        # Arithmetic with zones fails at the ends of the calendar.
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise InvalidError(name, f"not in the years {FIRST_YEAR} to {LAST_YEAR}")
    if last < first:
        raise InvalidError("to", "lies before from")


def _insert(unit: Unit, runs: list[NewRun]) -> None:
    unit.runs.insert(runs)


def count_ended(unit: Unit, backfill: Backfill) -> tuple[int, dict[str, int]]:
    """
    Return how many of the backfill's runs have ended, and the counts by state.

    A run that retention has removed has ended as well; no state counts it.
    """
    counts = unit.runs.progress(backfill.job, backfill.origin)
    return backfill.runs - sum(counts.get(state, 0) for state in UNFINISHED), counts


def wait_for(
    store: Store,
    backfill: Backfill,
    *,
    pause: Callable[[], None],
    progress: Callable[[int], None],
) -> dict[str, int]:
    """Look again after each *pause* until every run has ended; return the counts."""
    while True:
        with store.read() as unit:
            ended, counts = count_ended(unit, backfill)
        progress(ended)
        if ended >= backfill.runs:
            return counts
        pause()
