"""
Whether a job does what its schedule and its past promise.

Each question has one answer: True, the trouble is there; False, it is not; None,
neither is sure, and what was said before stands.
"""

from datetime import datetime, timedelta

from airq_cron.domain.job import Job
from airq_cron.domain.job_facts import Ends, JobFacts, MissedRuns, Span
from airq_cron.domain.limits import limits_of

# What was missed is told for so long at least, even if all is well by then.
LATELY = timedelta(minutes=10)
# Nothing shorter is too long, however short it usually is.
SHORTEST = timedelta(seconds=30)
# So many runs make a mean, and a rate.
MEAN_OF = 5
RATE_OF = 10
# This share of a time limit is too long already: the next run may be ended by it.
NEARLY = 0.8
# An alert ends only when the figure is clearly better, so that it does not flap.
CLEARLY = 0.8


def is_late(facts: JobFacts, at: datetime, margin: timedelta) -> bool:
    """Say whether a run that may start has waited for longer than *margin*."""
    return facts.unstarted is not None and at - facts.unstarted.since > margin


def is_missing(
    facts: JobFacts, at: datetime, tolerated: float, lately: timedelta = LATELY
) -> bool:
    """
    Say whether more than *tolerated* runs were missed, and it is not over.

    It is over when a run was carried out for the last of them or for a later fire
    time, and nothing of it is still being made up for; not before *lately*, so that
    it is told at all.
    """
    missed = facts.missed
    if missed is None or missed.count <= tolerated:
        return False
    return not _is_over(missed, facts, at, lately)


def _is_over(
    missed: MissedRuns, facts: JobFacts, at: datetime, lately: timedelta
) -> bool:
    if missed.pending or at - missed.noted_at <= lately:
        return False
    newest = facts.newest
    return newest is not None and newest.scheduled_for >= missed.last


def allowed(facts: JobFacts, span: Span, factor: float) -> timedelta:
    """
    Return how long a run may take before that is too long.

    That is *factor* times what it took on average in the last 24 h, where there
    were 5 runs, and at least 30 s; at most four fifths of its limit.
    """
    bound = NEARLY * _limit(facts.job, span)
    mean = facts.record.mean
    if mean is None or facts.record.day.total < MEAN_OF:
        return bound
    return min(max(factor * mean, SHORTEST), bound)


def longest(facts: JobFacts, factor: float) -> tuple[Span, timedelta] | None:
    """
    Return the run that took most of what it is allowed, and that.

    It is one that runs, or the newest that was carried out; None without any.
    """
    newest = facts.newest.span if facts.newest else None
    found = [
        (span, allowed(facts, span, factor))
        for span in (facts.running, newest)
        if span is not None
    ]
    return max(found, key=lambda one: one[0].length / one[1], default=None)


def is_too_long(facts: JobFacts, factor: float) -> bool:
    """Say whether a run takes, or the newest took, longer than it is allowed."""
    found = longest(facts, factor)
    return found is not None and found[0].length > found[1]


def is_too_often(facts: JobFacts, tolerated: float) -> bool:
    """
    Say whether more than *tolerated* runs of the last hour were not scheduled.

    The ledger has one run a fire time, so what exceeds the schedule was asked
    for by hand.
    """
    return facts.by_hand > tolerated


def never_succeeds(facts: JobFacts, runs: float) -> bool | None:
    """
    Say whether so many runs ended, and none ever succeeded.

    While one waits or runs it may be the first that does; what was skipped for its
    sake is no failure.
    """
    if facts.record.succeeded or facts.record.fruitless < runs:
        return False
    return None if facts.unstarted or facts.running else True


def is_failing(facts: JobFacts, runs: float) -> bool:
    """Say whether so many runs failed one after the other."""
    return facts.newest is not None and facts.newest.failures >= runs


def fails_too_often(facts: JobFacts, limit: float) -> bool | None:
    """
    Say whether a larger share than *limit* of a job's runs fails.

    Both in 24 h, and still: in this hour and the one before, where it had enough
    runs. Fewer than 10 say nothing: 1 of 1 is no rate.
    """
    record = facts.record
    day = _rate(record.day)
    if day is None:
        return False
    lately = _rate(record.lately)
    rate = day if lately is None else min(day, lately)
    if rate > limit:
        return True
    return False if rate <= CLEARLY * limit else None


def _rate(ends: Ends) -> float | None:
    return ends.rate if ends.total >= RATE_OF else None


def _limit(job: Job, span: Span) -> timedelta:
    if span.is_split:
        return timedelta(seconds=limits_of(job).run_limit_s)
    return timedelta(seconds=job.time_limit_s)
