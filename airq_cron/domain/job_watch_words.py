"""
The sentences of alerts about jobs, without their full stops.

Times are those that clocks of the job's zone show.
"""

from collections.abc import Callable
from datetime import datetime

from airq_cron.domain.job import Job
from airq_cron.domain.job_facts import Ends, JobFacts, MissedRuns
from airq_cron.domain.job_watch import longest
from airq_cron.domain.timeline import span
from airq_cron.domain.zone import load_zone, offset_at

LONGEST_ERROR = 200


def say_late(facts: JobFacts, at: datetime) -> str:
    """Say which run waits, and for how long."""
    job, waits = facts.job, facts.unstarted
    if waits is None:
        return f"No run of {job.name} waits for its start"
    others = f"; {waits.count} runs wait" if waits.count > 1 else ""
    return (
        f"{job.name} has not started its run of {moment(waits.due, job.zone, at)}: "
        f"it has waited for {span(at - waits.since)}{others}"
    )


def say_missed(facts: JobFacts, at: datetime) -> str:
    """Say what was missed, from when to when, and what was made up for."""
    name, missed = facts.job.name, facts.missed
    return f"{name} {missed_runs(missed, facts.job, at)}" if missed else _well(name)


def say_missed_over(facts: JobFacts, at: datetime) -> str:
    """Say that the job runs again, and what it missed."""
    job, missed = facts.job, facts.missed
    told = f": it {missed_runs(missed, job, at)}" if missed else ""
    return f"{job.name} runs again{told}"


def missed_runs(missed: MissedRuns, job: Job, at: datetime) -> str:
    """Return `missed 4 runs, 10:00 to 10:45 (Europe/Paris), caught up 3`."""
    when = between(missed.first, missed.last, job.zone, at)
    told = f"missed {runs(missed.count)}, {when}"
    if missed.caught_up:
        told += f", caught up {missed.caught_up}"
    return told + (f", {missed.pending} under way" if missed.pending else "")


def say_too_long(facts: JobFacts, factor: float) -> str:
    """Say how long a run takes or took, and how long one usually does."""
    name, found = facts.job.name, longest(facts, factor)
    if found is None:
        return f"No run of {name} is under way"
    one, bound = found
    lasts = "has been running" if one == facts.running else "took"
    length = f"for {span(one.length)}" if one == facts.running else span(one.length)
    mean = facts.record.mean
    usual = f"on average one takes {span(mean)}, and " if mean else ""
    return f"{name} {lasts} {length}: {usual}more than {span(bound)} is too long"


def say_too_often(facts: JobFacts, scheduled: int) -> str:
    """Say how often it was run by hand in the last hour, beside its schedule."""
    return (
        f"{facts.job.name} was run {times(facts.by_hand)} by hand in the last hour, "
        f"beside the {runs(scheduled)} that its schedule gives"
    )


def say_failing(facts: JobFacts, in_a_row: float) -> str:
    """Say how often it failed in a row, and how the last time."""
    failures = facts.newest.failures if facts.newest else 0
    if not failures:
        return _well(facts.job.name)
    if failures < in_a_row:
        return f"{facts.job.name} does not fail each time"
    return f"{facts.job.name} failed {times(failures)} in a row{_last_error(facts)}"


def say_never(facts: JobFacts) -> str:
    """Say in how many runs it never succeeded, and how the last one failed."""
    name, record = facts.job.name, facts.record
    if record.succeeded:
        return f"{name} has succeeded"
    ended = runs(record.fruitless)
    return f"{name} has never succeeded in {ended}{_last_error(facts)}"


def say_rate(facts: JobFacts) -> str:
    """Say which share of its runs failed."""
    return f"{facts.job.name}: {_share(facts.record.day)} of the last 24 h failed"


def moment(at: datetime, zone: str, now: datetime) -> str:
    """Return what clocks showed at *at*, with the day unless it is that of *now*."""
    return f"{_clock(zone, now, at)(at)} ({zone})"


def between(first: datetime, last: datetime, zone: str, now: datetime) -> str:
    """Return `10:00 to 10:45 (Europe/Paris)`, or one time when it is only one."""
    clock = _clock(zone, now, first, last)
    begin, end = clock(first), clock(last)
    day, _, rest = end.rpartition(" ")
    if day and begin.startswith(day):
        end = rest
    return f"{begin if first == last else f'{begin} to {end}'} ({zone})"


def runs(count: int) -> str:
    """Return `1 run` or `4 runs`."""
    return "1 run" if count == 1 else f"{count} runs"


def times(count: int) -> str:
    """Return `once` or `4 times`."""
    return "once" if count == 1 else f"{count} times"


def _clock(
    zone_name: str, now: datetime, *shown: datetime
) -> Callable[[datetime], str]:
    """Return who writes these instants so that nobody takes one for another."""
    zone = load_zone(zone_name)
    days = {one.astimezone(zone).date() for one in (now, *shown)}
    # An hour that clocks show twice is told apart by its offset.
    offsets = {offset_at(one, zone) for one in (now, *shown)}

    def write(at: datetime) -> str:
        local = at.astimezone(zone)
        if len(offsets) == 1:
            local = local.replace(tzinfo=None)
        text = local.isoformat(" ", "seconds" if local.second else "minutes")
        return text if len(days) > 1 else text.partition(" ")[2]

    return write


def _well(name: str) -> str:
    return f"{name} runs as it should"


def _last_error(facts: JobFacts) -> str:
    error = " ".join(((facts.newest and facts.newest.error) or "").split())
    return f"; last error: {error[:LONGEST_ERROR]}" if error else ""


def _share(ends: Ends) -> str:
    percent = f" ({100 * ends.rate:.0f} %)" if ends.rate is not None else ""
    return f"{ends.failed} of {runs(ends.total)}{percent}"
