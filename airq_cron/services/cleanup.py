"""Remove what is older than its retention."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from airq_cron.domain.run import Claim, State
from airq_cron.ports import Expired, Leftovers, RowKind, Store, Unit
from airq_cron.services.clean_files import (
    CLOSED_LOGS,
    DRAFTS,
    find_files,
    places_of,
    remove_files,
)
from airq_cron.services.clean_messages import (
    find_endless_keys,
    find_strays,
    remove_strays,
)

Rest = Callable[[], object]
DAY = timedelta(days=1)
CLEANUP_JOB = "weekly-cleanup"
BATCH = 500
FIGURES_KEPT = 90 * DAY
LOGS_KEPT = 30 * DAY
REPORTS_KEPT = DAY
AUDIT = "audit"
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
        count: None when that cannot be told from here.
        oldest: None when there is nothing.
        age: how long it is kept.
        kept: so many of a job at most, whatever their age; None without a bound.
    """

    kind: str
    count: int | None
    oldest: datetime | None
    age: timedelta
    kept: int | None = None


@dataclass(frozen=True, slots=True)
class OtherKind:
    """
    What is kept for a time, but not in the database.

    Attributes:
        find: how much there is from before an instant; *remove*: removes it, and
            returns how much that was. None: it cannot be told from here.
    """

    kind: str
    age: timedelta
    find: Callable[[datetime], Expired | None]
    remove: Callable[[datetime], int | None]


@dataclass(frozen=True, slots=True)
class Premises:
    """
    Where a cleanup looks beside the tables.

    Attributes:
        var_dir: data directory of this host.
        audit_age: how long entries of the audit trail are kept.
        leftovers: opens the broker; where there is none it raises ConfigError.
        reports: the rendered reports of this process.
    """

    var_dir: Path
    audit_age: timedelta
    leftovers: Callable[[], Leftovers]
    reports: OtherKind = OtherKind(
        "report_cache", REPORTS_KEPT, lambda _: None, lambda _: None
    )

    def others(self, store: Store) -> list[OtherKind]:
        """Return what is not in the database."""
        places, broker = places_of(self.var_dir), self.leftovers
        logs = [place / "log" for place in places]
        return [
            OtherKind(
                "log_files",
                LOGS_KEPT,
                partial(find_files, logs, CLOSED_LOGS),
                partial(remove_files, logs, CLOSED_LOGS),
            ),
            OtherKind(
                "temporary_files",
                DAY,
                partial(find_files, places, DRAFTS),
                partial(remove_files, places, DRAFTS),
            ),
            OtherKind(
                "messages_without_run",
                DAY,
                partial(find_strays, store, broker),
                partial(remove_strays, store, broker),
            ),
            self.reports,
        ]


def find_expired(store: Store, at: datetime, premises: Premises) -> list[Line]:
    """Return what a cleanup at *at* would remove, kind by kind; nothing is changed."""
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
        found = unit.audit.count_expired(at - premises.audit_age)
        lines.append(Line(AUDIT, found.count, found.oldest, premises.audit_age))
    return [*lines, *(_other_line(one, at) for one in premises.others(store))]


def clean_up(
    store: Store, claim: Claim, premises: Premises, rest: Rest = _go_on
) -> dict[str, Any]:
    """
    Remove everything that is past its time; doing it twice removes nothing more.

    Args:
        rest: called after each transaction, so that others come to write: on SQLite
            who waits looks only now and then whether the database is free.

    Returns:
        `removed`: how many runs went, by job; `kinds`: how many of each kind, and
        after how many days it goes; `endless_keys`: how many keys in Redis never
        end, with the first names. None: unknown.

    Raises:
        LeaseLostError: another attempt owns the run now.
    """
    at = claim.scheduled_for
    found = {line.kind: line for line in find_expired(store, at, premises)}
    result = remove_expired(store, claim, rest=rest)
    told = ("runs", "dead_letters", "attempts", RowKind.FIGURES.value)
    gone = {kind: found[kind].count for kind in told}
    gone |= {
        kind.value: _repeat(
            store, claim, partial(_purge_rows, kind=kind, before=at - age), rest
        )
        for kind, age in ROW_AGES.items()
        if kind is not RowKind.FIGURES
    }
    old = at - premises.audit_age
    gone[AUDIT] = _repeat(store, claim, partial(_purge_audit, before=old), rest)
    others = premises.others(store)
    gone |= {one.kind: one.remove(at - one.age) for one in others}
    kinds = {
        kind: {"removed": count, "age_days": found[kind].age // DAY}
        for kind, count in gone.items()
    }
    endless = find_endless_keys(premises.leftovers)
    return result | {"kinds": kinds, "endless_keys": endless}


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


def _purge_audit(unit: Unit, *, before: datetime) -> int:
    return unit.audit.purge(before, BATCH)


def _other_line(one: OtherKind, at: datetime) -> Line:
    found = one.find(at - one.age)
    if found is None:
        return Line(one.kind, None, None, one.age)
    return Line(one.kind, found.count, found.oldest, one.age)


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
