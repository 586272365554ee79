"""Look at what jobs do against what their schedule and their past promise."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.alert_rule import AlertRule
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.job import Job
from airq_cron.domain.job_facts import JobFacts, Record, is_unplanned
from airq_cron.domain.job_watch import (
    LATELY,
    fails_too_often,
    is_failing,
    is_late,
    is_missing,
    is_too_long,
    is_too_often,
    never_succeeds,
)
from airq_cron.domain.job_watch_words import (
    say_failing,
    say_late,
    say_missed,
    say_missed_over,
    say_never,
    say_rate,
    say_too_long,
    say_too_often,
)
from airq_cron.domain.run import instant_text
from airq_cron.domain.schedule import NeverSchedule, Schedule, parse_schedule
from airq_cron.errors import ScheduleError
from airq_cron.ports import Unit
from airq_cron.services.look_around import Finding

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
Rules = Mapping[FlipKind, AlertRule]
JOB_KINDS = frozenset(
    {
        FlipKind.JOB_LATE,
        FlipKind.JOB_MISSED,
        FlipKind.JOB_TOO_LONG,
        FlipKind.JOB_TOO_OFTEN,
        FlipKind.JOB_FAILING,
        FlipKind.JOB_NEVER_SUCCEEDED,
        FlipKind.JOB_FAILURE_RATE,
    }
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """
    What one rule says of one job.

    Attributes:
        say: writes the sentence; asked for only where somebody reads it.
        say_over: writes what is true when it is over; None: as *say* has it.
    """

    kind: FlipKind
    holds: bool | None
    say: Callable[[], str]
    say_over: Callable[[], str] | None = None
    since: datetime | None = None


def look_at_jobs(
    unit: Unit, rules: Rules, lately: timedelta = LATELY
) -> Iterator[Finding]:
    """
    Look at every job that is switched on, by the ledger's clock.

    What was missed is told for *lately* at least, even if all is well by then.

    Where there is neither trouble nor an open alert nothing is said. The number of
    statements is the same however many jobs there are.
    """
    at = unit.runs.now()
    is_open = {flip.condition for flip in unit.flips.open_of_kinds(JOB_KINDS)}
    for facts in read_facts(unit, rules, at, lately):
        for opinion in judge_job(facts, rules, at, lately):
            condition = f"{opinion.kind}:job:{facts.job.name}"
            if opinion.holds or condition in is_open:
                yield _finding(facts, opinion)


def read_facts(
    unit: Unit, rules: Rules, at: datetime, lately: timedelta
) -> Iterator[JobFacts]:
    """Return what is known of each job that is switched on."""
    in_a_row = int(rules[FlipKind.JOB_FAILING].threshold or 1)
    unstarted = unit.runs.unstarted()
    running = unit.runs.running_for()
    missed = unit.runs.missed_lately(at - lately)
    newest = unit.runs.newest_carried_out(in_a_row)
    by_hand = unit.runs.asked_for_by_hand(at - HOUR)
    records = unit.runs.records()
    for job in unit.jobs.all():
        if not job.enabled:
            continue
        facts = JobFacts(
            job=job,
            unstarted=unstarted.get(job.name),
            running=running.get(job.name),
            missed=missed.get(job.name),
            newest=newest.get(job.name),
            record=records.get(job.name, Record()),
            by_hand=by_hand.get(job.name, 0),
        )
        schedule = _schedule(job) if is_unplanned(job, at) else None
        yield facts.with_unplanned(schedule, at) if schedule else facts


def judge_job(
    facts: JobFacts, rules: Rules, at: datetime, lately: timedelta
) -> Iterator[Opinion]:
    """
    Return what each rule says of a job.

    One that never succeeded is told by that alert alone: that it fails in a row,
    and at which rate, is no news then.
    """
    limit = {kind: float(rules[kind].threshold or 0) for kind in JOB_KINDS}
    margin = limit[FlipKind.JOB_LATE] * SECOND
    waits, missed = facts.unstarted, facts.missed
    yield Opinion(
        FlipKind.JOB_LATE,
        is_late(facts, at, margin),
        lambda: say_late(facts, at),
        since=waits.since + margin if waits else None,
    )
    yield Opinion(
        FlipKind.JOB_MISSED,
        is_missing(facts, at, limit[FlipKind.JOB_MISSED], lately),
        lambda: say_missed(facts, at),
        lambda: say_missed_over(facts, at),
        since=missed.first if missed else None,
    )
    factor = limit[FlipKind.JOB_TOO_LONG]
    yield Opinion(
        FlipKind.JOB_TOO_LONG,
        is_too_long(facts, factor),
        lambda: say_too_long(facts, factor),
    )
    yield _too_often(facts, limit[FlipKind.JOB_TOO_OFTEN], at)
    yield from _failures(facts, rules, limit)


def _too_often(facts: JobFacts, tolerated: float, at: datetime) -> Opinion:
    def expected() -> int:
        schedule = _schedule(facts.job)
        return len(schedule.between(at - HOUR, at)) if schedule else 0

    return Opinion(
        FlipKind.JOB_TOO_OFTEN,
        is_too_often(facts, tolerated) and facts.job.schedule != NeverSchedule().text,
        lambda: say_too_often(facts, expected()),
    )


def _failures(
    facts: JobFacts, rules: Rules, limit: Mapping[FlipKind, float]
) -> Iterator[Opinion]:
    never = never_succeeds(facts, limit[FlipKind.JOB_NEVER_SUCCEEDED])
    told = never is not False and rules[FlipKind.JOB_NEVER_SUCCEEDED].enabled
    in_a_row = limit[FlipKind.JOB_FAILING]
    rate = fails_too_often(facts, limit[FlipKind.JOB_FAILURE_RATE])
    yield Opinion(FlipKind.JOB_NEVER_SUCCEEDED, never, lambda: say_never(facts))
    yield Opinion(
        FlipKind.JOB_FAILING,
        not told and is_failing(facts, in_a_row),
        lambda: say_failing(facts, in_a_row),
    )
    yield Opinion(FlipKind.JOB_FAILURE_RATE, rate and not told, lambda: say_rate(facts))


def _finding(facts: JobFacts, opinion: Opinion) -> Finding:
    say_over = opinion.say_over or opinion.say
    return Finding(
        kind=opinion.kind,
        subject=f"job:{facts.job.name}",
        holds=opinion.holds,
        message=opinion.say() if opinion.holds else "",
        relief="" if opinion.holds else say_over(),
        detail=_figures(facts),
        since=opinion.since,
    )


def _figures(facts: JobFacts) -> dict[str, Any]:
    record, missed, newest = facts.record, facts.missed, facts.newest
    return {
        "zone": facts.job.zone,
        "failed_in_24_h": record.day.failed,
        "runs_in_24_h": record.day.total,
        "mean_s": None if record.mean is None else record.mean / SECOND,
        "by_hand_in_1_h": facts.by_hand,
        "unstarted": facts.unstarted.count if facts.unstarted else 0,
        "last_run_for": newest and instant_text(newest.scheduled_for),
        "missed": missed
        and {
            "count": missed.count,
            "first": instant_text(missed.first),
            "last": instant_text(missed.last),
            "caught_up": missed.caught_up,
        },
    }


def _schedule(job: Job) -> Schedule | None:
    """Return its schedule; None for one that this process cannot read."""
    try:
        return parse_schedule(job.schedule, job.zone)
    except ScheduleError:
        return None
