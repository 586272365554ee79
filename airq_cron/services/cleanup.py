"""Remove what is older than its retention."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from airq_cron.domain.run import Claim, State
from airq_cron.ports import Expired, RowKind, Store, Unit

Rest = Callable[[], object]
DAY = timedelta(days=1)
CLEANUP_JOB = "weekly-cleanup"
BATCH = 500
FIGURES_KEPT = 90 * DAY
LOGS_KEPT = 30 * DAY
LOG_FILES = "log_files"
# What a process still has open is never taken away from it.
CLOSED_LOGS = "*.log.*"
# A kind is registered here, and in the store that says which rows it has. Links and
# sessions say themselves when they end.
ROW_AGES: Mapping[RowKind, timedelta] = {
    RowKind.FIGURES: FIGURES_KEPT,
    RowKind.SAMPLES: 30 * DAY,
    RowKind.FLIPS: 90 * DAY,
    RowKind.BREAKER_CHANGES: 90 * DAY,
    RowKind.LOGIN_LINKS: 0 * DAY,
    RowKind.SESSIONS: 0 * DAY,
    RowKind.TOKENS: 30 * DAY,
    RowKind.ADDRESSES: 365 * DAY,
    # As long as runs by hand, whose keys are kept with them.
    RowKind.IDEMPOTENCY_KEYS: 7 * DAY,
}


def _go_on() -> None:
    """Rest not at all."""


@dataclass(frozen=True, slots=True)
class Retention:
    """
    How long ended runs are kept, by time and by number for each job.

    A run goes when it is older than its time or not among the newest *kept*.
    Measurements and statistics are never removed: they are the record.
    """

    states: tuple[State, ...]
    age: timedelta
    kept: int


RETENTIONS = (
    Retention(
        (State.SUCCEEDED, State.SKIPPED, State.CANCELLED), timedelta(days=7), 1000
    ),
    Retention((State.FAILED, State.DEAD, State.MISSED), timedelta(days=30), 100),
)
RUN_KINDS: Mapping[str, Retention] = {
    "runs": RETENTIONS[0],
    "dead_letters": RETENTIONS[1],
}


@dataclass(frozen=True, slots=True)
class Line:
    """
    What is past its time of one kind.

    Attributes:
        oldest: None when there is nothing.
        age: how long it is kept.
        kept: so many of a job at most, whatever their age; None without a bound.
    """

    kind: str
    count: int
    oldest: datetime | None
    age: timedelta
    kept: int | None = None


def find_expired(store: Store, at: datetime, logs: Path) -> list[Line]:
    """
    Return what a cleanup at *at* would remove, kind by kind; nothing is changed.

    Args:
        logs: directory of this host's log files.
    """
    with store.read() as unit:
        names = unit.jobs.names_with_ends()
        lines = [
            _run_line(unit, names, kind, retention, at)
            for kind, retention in RUN_KINDS.items()
        ]
        lines.append(_attempts_line(unit, names, at))
        for kind, age in ROW_AGES.items():
            found = unit.expiring.count(kind, at - age)
            lines.append(Line(kind.value, found.count, found.oldest, age))
    return [*lines, _log_line(logs, at)]


def clean_up(
    store: Store, claim: Claim, logs: Path, rest: Rest = _go_on
) -> dict[str, Any]:
    """
    Remove everything that is past its time; doing it twice removes nothing more.

    Args:
        logs: directory of this host's log files.
        rest: called after each transaction, so that others come to write: on SQLite
            who waits looks only now and then whether the database is free.

    Returns:
        `removed`: how many runs went, by job; `kinds`: how many of each kind, and
        after how many days it goes.

    Raises:
        LeaseLostError: another attempt owns the run now.
    """
    at = claim.scheduled_for
    found = {line.kind: line for line in find_expired(store, at, logs)}
    result = remove_expired(store, claim, rest=rest)
    gone = {kind: found[kind].count for kind in ("runs", "dead_letters", "attempts")}
    gone |= {
        kind.value: _repeat(
            store, claim, partial(_purge_rows, kind=kind, before=at - age), rest
        )
        for kind, age in ROW_AGES.items()
        if kind is not RowKind.FIGURES
    }
    gone[RowKind.FIGURES.value] = found[RowKind.FIGURES.value].count
    gone[LOG_FILES] = sum(_unlink(path) for path in _old_logs(logs, at))
    kinds = {
        kind: {"removed": count, "age_days": found[kind].age // DAY}
        for kind, count in gone.items()
    }
    return result | {"kinds": kinds}


def _run_line(
    unit: Unit, jobs: Sequence[str], kind: str, retention: Retention, at: datetime
) -> Line:
    found = [
        unit.expiring.count_runs(
            job,
            states=retention.states,
            before=at - retention.age,
            keep=retention.kept,
        )
        for job in jobs
    ]
    return Line(kind, *_sum(found), retention.age, retention.kept)


def _attempts_line(unit: Unit, jobs: Sequence[str], at: datetime) -> Line:
    found = [
        unit.expiring.count_attempts(
            job, states=one.states, before=at - one.age, keep=one.kept
        )
        for job in jobs
        for one in RETENTIONS
    ]
    return Line("attempts", *_sum(found), RETENTIONS[0].age)


def _sum(found: Sequence[Expired]) -> tuple[int, datetime | None]:
    oldest = [one.oldest for one in found if one.oldest is not None]
    return sum(one.count for one in found), min(oldest, default=None)


def _purge_rows(unit: Unit, *, kind: RowKind, before: datetime) -> int:
    return unit.expiring.purge(kind, before, BATCH)


def _old_logs(logs: Path, at: datetime) -> list[Path]:
    """Return the files that were closed and not written for the time they are kept."""
    before = (at - LOGS_KEPT).timestamp()
    return [
        path
        for path in sorted(logs.glob(CLOSED_LOGS))
        if path.is_file() and path.stat().st_mtime < before
    ]


def _log_line(logs: Path, at: datetime) -> Line:
    ages = [
        datetime.fromtimestamp(path.stat().st_mtime, UTC)
        for path in _old_logs(logs, at)
    ]
    return Line(LOG_FILES, len(ages), min(ages, default=None), LOGS_KEPT)


def _unlink(path: Path) -> int:
    path.unlink(missing_ok=True)
    return 1


def remove_expired(
    store: Store,
    claim: Claim,
    *,
    retentions: tuple[Retention, ...] = RETENTIONS,
    rest: Rest = _go_on,
) -> dict[str, Any]:
    """
    Remove ended runs past their retention, in batches under the claim.

    Ages count up to the fire time. What jobs came to by the hour goes after 90
    days. Doing it twice removes nothing more.

    Returns:
        `removed`: how many runs went, by job.

    Raises:
        LeaseLostError: another attempt owns the run now.
    """
    with store.read() as unit:
        names = unit.jobs.names_with_ends()
    removed: dict[str, int] = {}
    for name in names:
        for retention in retentions:
            work = partial(
                _purge_batch, job=name, retention=retention, before=claim.scheduled_for
            )
            count = _repeat(store, claim, work, rest)
            if count:
                removed[name] = removed.get(name, 0) + count
    _repeat(store, claim, partial(_purge_figures, at=claim.scheduled_for), rest)
    return {"removed": removed}


def _repeat(store: Store, claim: Claim, work: Callable[[Unit], int], rest: Rest) -> int:
    """Do *work* until it finds nothing left; return the sum."""
    total = 0
    while True:
        count = store.write(work, claim=claim)
        total += count
        if not count:
            return total
        rest()


def _purge_figures(unit: Unit, *, at: datetime) -> int:
    return unit.jobs.purge_figures(at - FIGURES_KEPT, BATCH)


def _purge_batch(
    unit: Unit, *, job: str, retention: Retention, before: datetime
) -> int:
    return unit.runs.purge(
        job,
        states=retention.states,
        before=before - retention.age,
        keep=retention.kept,
        limit=BATCH,
    )
