"""Sum up everything that is known: jobs, queues, processes, data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from airq_cron.clock import Clock
from airq_cron.domain.alert_rule import AlertRule
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.job import Job, Queue
from airq_cron.domain.measurement import Location
from airq_cron.domain.preference import FRESH
from airq_cron.domain.run import State
from airq_cron.errors import UnreachableError
from airq_cron.ports import (
    Check,
    FetchState,
    FlipFilter,
    Heartbeat,
    IndexProvider,
    Lookout,
    Provider,
    QueueState,
    Sighting,
    Store,
    Unit,
)
from airq_cron.services.alert_rules import rules_in_force
from airq_cron.services.diagnose import Finding, Severity, find_warnings
from airq_cron.services.judge_alerts import Rules
from airq_cron.services.look_around import Finding as Observation
from airq_cron.services.look_around import (
    look_at_ages,
    look_at_backlogs,
    missing_roles,
    process_problems,
)
from airq_cron.services.look_at_breakers import describe, open_since
from airq_cron.services.overview import (
    Overall,
    Overview,
    PlaceLine,
    ProcessLine,
    ProviderLine,
    QueueLine,
)
from airq_cron.services.read_breakers import BreakerLine, BreakerNote, Desk
from airq_cron.services.read_queue_health import HealthDesk, QueuesHealth, count_running
from airq_cron.services.read_stats import JobReport, stats_of

LATE = timedelta(minutes=2)
BAD_ENDS = frozenset({State.FAILED, State.DEAD})
MOST_ALERTS = 100
# What was read further apart is no single moment: it is read again, so often.
FURTHEST_S = 1.0
READINGS = 3


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What one read transaction gave."""

    now: datetime
    jobs: Sequence[JobReport]
    running: Mapping[str, int]
    places: list[PlaceLine]
    refused: list[str]
    breakers: list[BreakerNote]
    alerts: list[Flip]
    check: Check | None
    rules: Rules


@dataclass(frozen=True, slots=True)
class OverviewDesk:
    """
    Where people see the whole instance at one moment.

    Attributes:
        providers: everybody who can be asked, by id.
        health: judges the queues; without, their scores are unknown.
    """

    store: Store
    lookout: Lookout
    clock: Clock
    providers: Mapping[str, Provider | IndexProvider]
    breakers: Desk
    health: HealthDesk | None

    def sum_up(self, *, with_figures: bool = True) -> Overview:
        """
        Return the overview; a broker that is gone makes it `down`, not an error.

        The database is read in one transaction and Redis in one step after it.

        Args:
            with_figures: whether the figures of jobs are wanted.

        Raises:
            StoreError: the database does not answer.
        """
        fatal: list[str] = []
        ledger, seen, apart_s = self._read(fatal, with_figures=with_figures)
        reasons = [] if seen is None else _process_reasons(seen.alive, fatal)
        reasons += _reasons(ledger, seen.queues if seen else ())
        if apart_s > FURTHEST_S:
            reasons.append(
                f"the database and Redis could only be read {apart_s:.1f} s apart"
            )
        known = seen.breakers if seen else {}
        guards = self.breakers.lines_of(ledger.breakers, known, ledger.now)
        reasons += [describe(one) for one in guards if open_since(one) is not None]
        state = Overall.DEGRADED if reasons else Overall.OK
        alive = seen.alive if seen else ()
        judged = None
        if self.health is not None:
            judged = self.health.judge_seen(seen, ledger.running, ledger.now)
        return Overview(
            state=Overall.DOWN if fatal else state,
            reasons=tuple(fatal + reasons),
            warnings=(*find_warnings(alive), *_local_breakers(guards)),
            jobs=tuple(ledger.jobs),
            queues=tuple(_judged(_queue_lines(seen, ledger.running), judged)),
            bottlenecks=judged.bottlenecks if judged else (),
            processes=tuple(map(_process_line, alive)),
            locations=tuple(ledger.places),
            providers=tuple(
                ProviderLine(one.id, getattr(one, "origin", None), one.attribution)
                for one in self.providers.values()
            ),
            breakers=tuple(guards),
            alerts=tuple(ledger.alerts),
            health_check=ledger.check,
            as_of=ledger.now,
        )

    def _read(
        self, fatal: list[str], *, with_figures: bool
    ) -> tuple[_Ledger, Sighting | None, float]:
        """Return what both know, and within how many seconds it was read."""
        for _ in range(READINGS):
            began_s = self.clock.monotonic()
            with self.store.read() as unit:
                ledger = self._read_ledger(unit, with_figures=with_figures)
            try:
                seen = self.lookout.look(
                    ledger.now,
                    breakers=[note.name for note in ledger.breakers],
                    counted=self.health.counted(ledger.now) if self.health else None,
                )
            except UnreachableError as error:
                fatal.append(str(error))
                return ledger, None, 0.0
            apart_s = self.clock.monotonic() - began_s
            if apart_s <= FURTHEST_S:
                break
        return ledger, seen, apart_s

    def _read_ledger(self, unit: Unit, *, with_figures: bool) -> _Ledger:
        now = unit.runs.now()
        newest: dict[str, datetime] = {}
        for one in unit.measurements.series():
            last = newest.get(one.location, one.last_at)
            newest[one.location] = max(last, one.last_at)
        fetches = [unit.locations.fetch_state(name) for name in self.providers]
        return _Ledger(
            now=now,
            jobs=stats_of(unit, now, with_figures=with_figures).jobs,
            running=count_running(unit),
            places=[
                _place_line(place, newest.get(place.id), fetches, now)
                for place in unit.locations.all()
            ],
            refused=list(_refusals(unit, self.providers, fetches)),
            breakers=self.breakers.notes(unit, now),
            alerts=unit.flips.find(
                FlipFilter(is_open=True), limit=MOST_ALERTS, after=None
            ),
            check=unit.checks.last(),
            rules=rules_in_force(unit),
        )


def _local_breakers(breakers: Sequence[BreakerLine]) -> Iterator[Finding]:
    if any(line.is_local for line in breakers):
        text = "Redis cannot be reached: each process has breakers of its own"
        fix = "until it is back, more calls may reach a failing provider"
        yield Finding("breakers", Severity.WARN, text, fix)


def _process_reasons(alive: Sequence[Heartbeat], fatal: list[str]) -> list[str]:
    """Return what lacks; what stops everything goes to *fatal*."""
    dead = missing_roles(alive)
    fatal.extend(dead)
    return [] if dead else process_problems(alive)


def _reasons(ledger: _Ledger, states: Sequence[QueueState]) -> list[str]:
    waiting, old = (
        ledger.rules[kind] for kind in (FlipKind.QUEUE_BACKLOG, FlipKind.STALE_DATA)
    )
    places = [line.location for line in ledger.places]
    newest = {
        line.location.id: line.newest_at
        for line in ledger.places
        if line.newest_at is not None
    }
    jobs = [report.job for report in ledger.jobs]
    found = look_at_backlogs(states, waiting.threshold or 0)
    reasons = _said(found, waiting) + job_problems(jobs, ledger.now)
    reasons += [
        f"the last run of {report.job.name} ended as {run.state.value}"
        for report in ledger.jobs
        if (run := report.last_run) is not None and run.state in BAD_ENDS
    ]
    reasons += ledger.refused
    ages = look_at_ages(places, newest, ledger.now, hours=old.threshold or 0)
    reasons += _said(ages, old)
    reasons += [
        f"location {line.location.id} has no data yet"
        for line in ledger.places
        if line.location.enabled and line.newest_at is None
    ]
    return reasons


def _said(found: Iterable[Observation], rule: AlertRule) -> list[str]:
    """Return what alerts of *rule* would say."""
    return [one.message for one in found if one.holds and rule.enabled]


def job_problems(jobs: Sequence[Job], at: datetime) -> list[str]:
    """Return a sentence for each enabled job whose due time has passed unseen."""
    return [
        f"job {job.name} was due at {job.next_due_at.isoformat()}"
        for job in jobs
        if job.enabled and job.next_due_at is not None and at - job.next_due_at > LATE
    ]


def _refusals(
    unit: Unit, providers: Iterable[str], fetches: Sequence[Mapping[str, FetchState]]
) -> Iterator[str]:
    """Yield a sentence for each provider, or place of one, that is not asked."""
    for name, states in zip(providers, fetches, strict=True):
        known = unit.upstreams.state(name)
        if known.disabled_at is not None:
            yield f"provider {name} is disabled: {known.reason}"
        for state in states.values():
            if state.outcome == "permanent_location":
                yield f"provider {name} refuses {state.location}: {state.detail}"


def _place_line(
    place: Location,
    newest: datetime | None,
    fetches: Sequence[Mapping[str, FetchState]],
    now: datetime,
) -> PlaceLine:
    asked = [found for states in fetches if (found := states.get(place.id))]
    return PlaceLine(
        location=place,
        newest_at=newest,
        age_s=None if newest is None else int((now - newest).total_seconds()),
        fresh=newest is not None and now - newest <= FRESH,
        last_fetch=max(asked, key=lambda state: state.asked_at, default=None),
    )


def _process_line(beat: Heartbeat) -> ProcessLine:
    detail = beat.detail
    return ProcessLine(
        name=beat.name,
        role=beat.role,
        queues=_consumed(beat),
        at=beat.at,
        children=detail.get("children"),
        busy=detail.get("busy"),
    )


def _queue_lines(
    seen: Sighting | None, running: Mapping[str, int]
) -> Iterator[QueueLine]:
    known = {state.name: state for state in seen.queues} if seen else {}
    for queue in Queue:
        state = known.get(queue.value)
        yield QueueLine(
            name=queue.value,
            waiting=None if state is None else state.waiting,
            oldest_age_s=None if state is None else state.oldest_age_s,
            in_flight=running.get(queue.value, 0),
            consumers=tuple(
                beat.name
                for beat in (seen.alive if seen else ())
                if queue.value in _consumed(beat)
            ),
        )


def _judged(
    lines: Iterable[QueueLine], health: QueuesHealth | None
) -> Iterator[QueueLine]:
    found = {} if health is None else {one.name: one for one in health.queues}
    for line in lines:
        known = found.get(line.name)
        yield (
            line
            if known is None
            else replace(
                line,
                score=known.health.score,
                confidence=known.health.confidence,
                bottlenecks=known.bottlenecks,
            )
        )


def _consumed(beat: Heartbeat) -> tuple[str, ...]:
    return tuple(beat.detail.get("queues", ()))
