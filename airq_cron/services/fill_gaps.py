"""Ask the providers of a place for the hours that are missing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from airq_cron.domain.backfill import Backfill, Stage
from airq_cron.domain.completeness import (
    MONTH,
    Completeness,
    fillable_periods,
    join_periods,
)
from airq_cron.domain.job import Job, Overlap, Priority
from airq_cron.domain.measurement import Location
from airq_cron.domain.overlap import new_run
from airq_cron.domain.period import HOUR, Period, local_date
from airq_cron.domain.run import NewRun, State
from airq_cron.errors import ConflictError, NotFoundError
from airq_cron.ports import Dispatcher, Provider, Store, Unit
from airq_cron.services.backfill import enter_backfill
from airq_cron.services.fetch_run import places_for
from airq_cron.services.read_gaps import assess_place

# One call for two gaps that are less than a day apart is cheaper than two.
SLACK = timedelta(days=1)
UNDER_WAY = frozenset({Stage.ENTERING, Stage.RUNNING})


def fill_gaps(
    store: Store,
    dispatcher: Dispatcher,
    providers: Mapping[str, Provider],
    location_id: str,
    *,
    by: str,
    length: timedelta = MONTH,
) -> Backfill:
    """
    Start a backfill with a run for each stretch that has gaps; return it.

    Its runs are those of the job that fetches the place, for this place alone.
    Hours that are there already and did not change stay as they are. While a
    backfill of the same stretches is under way, that one is returned. The
    aggregates and days follow by themselves.

    Raises:
        NotFoundError: no such location.
        ConflictError: it is switched off, no job fetches it, or no gap can be
            filled; it says why not.
    """
    with store.read() as unit:
        place, now = unit.locations.get(location_id), unit.runs.now()
        if not place.enabled:
            raise ConflictError(f"location {place.id} is switched off")
        job = _fetch_job(unit.jobs.all(), unit.locations.all(), place)
        series = assess_place(unit, providers, place, length, now)
        keeps = {name: provider.keeps for name, provider in providers.items()}
        stretches = join_periods(fillable_periods(series, keeps, now), SLACK)
        if not stretches:
            raise ConflictError(_nothing(place, series))
        backfill_id, known = _identity(unit, place, stretches)
    if known is not None:
        return known
    backfill = Backfill(
        id=backfill_id,
        job=job.name,
        first=local_date(stretches[0].start, job.zone),
        last=local_date(stretches[-1].end - HOUR, job.zone),
        overlap=Overlap.QUEUE_ALL,
        concurrency=1,
        runs=len(stretches),
        entered_by=by,
        created_at=now,
    )
    runs = _runs(job, place, backfill, stretches)
    return enter_backfill(store, dispatcher, backfill, runs)


def _nothing(place: Location, series: Sequence[Completeness]) -> str:
    """Say that there is nothing to ask for, and why each provider is not asked."""
    said = f"location {place.id} has no gap that can be filled"
    reasons = {f"{one.provider}: {gap.why}" for one in series for gap in one.gaps}
    return "; ".join([said, *sorted(reasons)])


def _identity(
    unit: Unit, place: Location, stretches: Sequence[Period]
) -> tuple[str, Backfill | None]:
    """
    Return the id of a backfill of *stretches*, and it if it is under way.

    The id follows from what is asked for and how often that was done before, so
    that two calls at the same moment enter one backfill.
    """
    asked = [place.id, *(f"{one.start.isoformat()}+{one.length}" for one in stretches)]
    number = 0
    while True:
        text = " ".join([*asked, str(number)])
        backfill_id = sha256(text.encode()).hexdigest()[:12]
        try:
            found = unit.backfills.get(backfill_id)
        except NotFoundError:
            return backfill_id, None
        if found.stage in UNDER_WAY:
            return backfill_id, found
        number += 1


def _fetch_job(jobs: Sequence[Job], places: Sequence[Location], place: Location) -> Job:
    fetching = [job for job in jobs if job.kind == "fetch"]
    for job in sorted(fetching, key=lambda one: "location" not in one.params):
        if place in places_for(job.params, list(places), list(jobs)):
            return job
    raise ConflictError(f"no job fetches location {place.id}")


def _runs(
    job: Job, place: Location, backfill: Backfill, stretches: Sequence[Period]
) -> list[NewRun]:
    # The data interval (start, fire time] of each is its stretch of hours.
    return [
        new_run(
            job,
            _last_hour(period),
            interval_start=period.start - HOUR,
            params={"locations": [place.id]},
            state=State.WAITING,
            reason="predecessor",
            origin=backfill.origin,
            priority=Priority.LOW.value,
            decision=f"fills gaps within {period.length // HOUR} h",
            entered_by=backfill.entered_by,
        )
        for period in stretches
    ]


def _last_hour(period: Period) -> datetime:
    return period.end - HOUR
