"""Run a job for fire times of the past, on purpose."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from uuid import uuid4

from airq_cron.domain.backfill import MOST_AT_ONCE, Backfill
from airq_cron.domain.idempotency import IdempotencyKey
from airq_cron.domain.job import Job, Overlap, Priority
from airq_cron.domain.overlap import Standing, place_runs
from airq_cron.domain.period import local_day
from airq_cron.domain.run import NewRun, State
from airq_cron.domain.schedule import parse_schedule
from airq_cron.errors import ConflictError, InvalidError, NotFoundError, StoreError
from airq_cron.ports import AuditEntry, Dispatcher, Store, Unit
from airq_cron.services.execute import message_for
from airq_cron.services.publish import publish_runs
from airq_cron.services.recognise import recognise, remember

# Measured: so many hold the write lock of SQLite for some 40 ms.
BATCH = 500
MOST = 100_000
FIRST_YEAR, LAST_YEAR = 1970, 2099
MOMENT = timedelta(microseconds=1)


def start_backfill(  # noqa: PLR0913 - the words of the command
    store: Store,
    dispatcher: Dispatcher,
    job_name: str,
    *,
    first: date,
    last: date,
    at: datetime,
    by: str,
    overlap: Overlap = Overlap.QUEUE_ALL,
    concurrency: int | None = None,
    key: IdempotencyKey | None = None,
) -> Backfill:
    """
    Enter one run for each fire time on the local dates *first* to *last*.

    The dates are dates in the job's zone, both included; fire times after *at*
    are left out. The runs have priority low; none starts before all are entered.
    A second backfill of the same dates computes all again, but the same *key* gives
    the backfill of the first call, unless its entering was broken off.

    Args:
        by: who asks, as the audit trail names them.
        overlap: judged among these runs alone, as if all fire times had come at
            once.
        concurrency: how many may be under way at once, 1 to 50; 1 when it is
            None, but under `allow` then all.

    Raises:
        NotFoundError: no such job.
        InvalidError: `from`, `to`: out of order, outside of the years 1970 to
            2099, no fire time, or too many; `concurrency`: out of bounds;
            `Idempotency-Key`: its first call had another body.
        ConflictError, StoreError: see `enter_backfill`.
    """
    _check_concurrency(concurrency)
    with store.read() as unit:
        if (known := _entered_before(unit, recognise(unit, key))) is not None:
            return known
        job, now = unit.jobs.get(job_name), unit.runs.now()
    fire_times = _past_fire_times(job, first, last, at)
    backfill = Backfill(
        *(uuid4().hex[:12], job_name, first, last, overlap),
        concurrency=_bound(overlap, concurrency),
        runs=len(fire_times),
        entered_by=by,
        created_at=now,
    )
    runs = _place(job, backfill, fire_times)
    return enter_backfill(store, dispatcher, backfill, runs, key=key)


def enter_backfill(
    store: Store,
    dispatcher: Dispatcher,
    backfill: Backfill,
    runs: Sequence[NewRun],
    *,
    key: IdempotencyKey | None = None,
) -> Backfill:
    """
    Enter a backfill with its runs, which wait for it, and publish the first ones.

    If a call with the same *key* came first, its backfill is returned instead.

    Raises:
        ConflictError: it was cancelled before all its runs were entered.
        StoreError: the database was away for too long; none of the runs starts.
    """
    known = _enter_whole(store, backfill, runs, key)
    if known is not None:
        return known
    _release(store, dispatcher, backfill)
    with store.read() as unit:
        return unit.backfills.get(backfill.id)


def _check_concurrency(concurrency: int | None) -> None:
    if concurrency is not None and not 1 <= concurrency <= MOST_AT_ONCE:
        raise InvalidError("concurrency", f"must be 1 to {MOST_AT_ONCE}")


def _bound(overlap: Overlap, concurrency: int | None) -> int | None:
    return concurrency or (None if overlap is Overlap.ALLOW else 1)


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


def _place(
    job: Job, backfill: Backfill, fire_times: Sequence[datetime]
) -> list[NewRun]:
    """Judge the fire times by the backfill's policy; what may run still waits."""
    # Jitter spreads what is due together, and a margin is about being late.
    judged = replace(job, overlap=backfill.overlap, jitter_s=0, start_margin_s=None)
    runs = place_runs(
        judged,
        fire_times,
        Standing(slots=backfill.concurrency or len(fire_times)),
        at=backfill.created_at,
        since=parse_schedule(job.schedule, job.zone).previous(fire_times[0]),
        origin=backfill.origin,
        priority=Priority.LOW.value,
        entered_by=backfill.entered_by,
    )
    return [
        replace(run, state=State.WAITING, reason="predecessor")
        if run.state is State.SCHEDULED
        else run
        for run in runs
    ]


def _enter_whole(
    store: Store,
    backfill: Backfill,
    runs: Sequence[NewRun],
    key: IdempotencyKey | None,
) -> Backfill | None:
    try:
        return _enter(store, backfill, runs, key)
    except StoreError:
        # Who asked is told that it failed; a sweeper cancels what was entered.
        with suppress(StoreError, NotFoundError):
            store.write(partial(_break_off, backfill_id=backfill.id), patience_s=0)
        raise


def _enter(
    store: Store,
    backfill: Backfill,
    runs: Sequence[NewRun],
    key: IdempotencyKey | None,
) -> Backfill | None:
    """
    Enter the backfill first, so that half of one is found, and its runs after.

    Returns:
        The one that was entered with the same key before, if there is one.
    """
    known = store.write(partial(_open, backfill=backfill, key=key))
    if known is not None:
        return known
    for start in range(0, len(runs), BATCH):
        batch = runs[start : start + BATCH]
        store.write(partial(_insert, backfill=backfill, runs=batch))
    store.write(partial(_close, backfill=backfill))
    return None


def _open(
    unit: Unit, backfill: Backfill, key: IdempotencyKey | None
) -> Backfill | None:
    made = remember(unit, key, backfill.id)
    # Its own id is that of a try before, whose end was not heard of.
    if key is not None and made not in (None, backfill.id):
        known = _entered_before(unit, made)
        if known is not None:
            return known
        unit.idempotency_keys.replace(key, made=backfill.id)
    if unit.backfills.add(backfill):
        unit.audit.record(
            AuditEntry(
                backfill.entered_by,
                "backfill.start",
                f"backfill:{backfill.id}",
                after=_facts(backfill),
            )
        )
    return None


def _entered_before(unit: Unit, backfill_id: str | None) -> Backfill | None:
    """Return the backfill of an earlier call, None if its entering broke off."""
    if backfill_id is None:
        return None
    found = unit.backfills.get(backfill_id)
    broken_off = found.cancelled_at is not None and found.entered_at is None
    return None if broken_off else found


def _facts(backfill: Backfill) -> dict[str, str | int | None]:
    return {
        "job": backfill.job,
        "from": backfill.first.isoformat(),
        "to": backfill.last.isoformat(),
        "overlap": backfill.overlap.value,
        "concurrency": backfill.concurrency,
        "runs": backfill.runs,
    }


def _insert(unit: Unit, backfill: Backfill, runs: Sequence[NewRun]) -> None:
    _check_wanted(unit, backfill)
    unit.runs.insert(runs)


def _close(unit: Unit, backfill: Backfill) -> None:
    _check_wanted(unit, backfill)
    unit.backfills.mark_entered(backfill.id, unit.runs.now())


def _break_off(unit: Unit, backfill_id: str) -> None:
    if unit.backfills.lock(backfill_id).cancelled_at is not None:
        return
    unit.backfills.mark_cancelled(backfill_id, unit.runs.now())
    unit.audit.record(
        AuditEntry(
            "system",
            "backfill.cancel",
            f"backfill:{backfill_id}",
            note="its entering was broken off",
        )
    )


def _check_wanted(unit: Unit, backfill: Backfill) -> None:
    """Hold the row, so that what is cancelled gets no more runs."""
    if unit.backfills.lock(backfill.id).cancelled_at is not None:
        raise ConflictError(
            f"backfill {backfill.id} was cancelled before it was entered"
        )


def _release(store: Store, dispatcher: Dispatcher, backfill: Backfill) -> None:
    """Publish the first runs: with a bound so many, else all, batch by batch."""
    while True:
        released = store.write(
            lambda unit: [
                message_for(unit.runs.get(run_id))
                for run_id in unit.runs.release_next(
                    backfill.job, backfill=backfill.origin
                )
            ]
        )
        publish_runs(store, dispatcher, released)
        if backfill.concurrency is not None or not released:
            return
