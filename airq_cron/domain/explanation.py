"""Why there is no run for an instant, from what is known of its job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from airq_cron.domain.job import Job
from airq_cron.domain.run import instant_text
from airq_cron.domain.schedule import parse_schedule
from airq_cron.domain.timeline import span

# What a fire time depends on: in the audit trail, and in the definition.
DEFINING = {
    "schedule": "schedule",
    "timezone": "zone",
    "zone": "zone",
    "enabled": "enabled",
}


class Reason(StrEnum):
    """Why a job has no run for an instant."""

    REMOVED_BY_RETENTION = "removed_by_retention"
    NOT_A_FIRE_TIME = "not_a_fire_time"
    NOT_YET_DUE = "not_yet_due"
    NOT_YET_DECIDED = "not_yet_decided"
    JOB_OFF = "job_off"
    BEFORE_THE_JOB = "before_the_job"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody changed in a job: the audit trail, without its store."""

    at: datetime
    by: str
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Traces:
    """
    What a job has left behind, seen from the instant that is asked about.

    Attributes:
        changes: of the job, in any order.
        oldest: fire time of the oldest run that is kept; None without runs.
        ended: how many runs the roll-up counts in the instant's hour and the next.
        kept: how many fire times of these two hours the ledger still has.
        active_before: whether the roll-up knows an earlier hour of the job.
        since: how far back the roll-up reaches; None without bound.
    """

    changes: Sequence[Change] = ()
    oldest: datetime | None = None
    ended: int = 0
    kept: int = 0
    active_before: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class FireTimes:
    """The fire times around an instant: is it one, which was before, which is next."""

    hit: bool = False
    previous: datetime | None = None
    next: datetime | None = None


def fire_times_around(job: Job, at: datetime) -> FireTimes:
    """Return the fire times of *job* around *at*, as it is defined."""
    schedule = parse_schedule(job.schedule, job.zone)
    before = at - timedelta.resolution
    return FireTimes(
        hit=schedule.next_after(before) == at,
        previous=schedule.previous(at),
        next=schedule.next_after(at),
    )


def fire_times_at(job: Job, at: datetime, changes: Sequence[Change]) -> FireTimes:
    """Return the fire times around *at* of *job* as it was defined then."""
    return fire_times_around(definition_at(job, at, changes), at)


def definition_at(job: Job, at: datetime, changes: Sequence[Change]) -> Job:
    """Return *job* with the schedule, the zone and the switch it had at *at*."""
    for change in sorted(changes, key=lambda one: one.at, reverse=True):
        if change.at <= at:
            break
        known = {
            field: change.before[name]
            for name, field in DEFINING.items()
            if name in change.before
        }
        job = replace(job, **known)
    return job


def judge(
    job: Job, scheduled_for: datetime, traces: Traces, *, at: datetime
) -> tuple[Reason, str]:
    """
    Return why *job* has no run for *scheduled_for*, and the same in a sentence.

    Args:
        job: as it is now.
        at: now.
    """
    then = definition_at(job, scheduled_for, traces.changes)
    around = fire_times_around(then, scheduled_for)
    if not around.hit:
        return Reason.NOT_A_FIRE_TIME, _between(then, around)
    if scheduled_for > at:
        return Reason.NOT_YET_DUE, _coming(then, scheduled_for, at)
    made = _made(traces.changes)
    if made is not None and scheduled_for < made.at:
        words = f"{made.by} made the job at {instant_text(made.at)}, after that"
        return Reason.BEFORE_THE_JOB, f"There is no run: {words}."
    if not then.enabled and _known_off(job, scheduled_for, traces.changes):
        return Reason.JOB_OFF, _off(then, scheduled_for, traces.changes)
    if job.cursor is not None and job.cursor < scheduled_for:
        return Reason.NOT_YET_DECIDED, _undecided(job, scheduled_for, at)
    return _gone(scheduled_for, traces)


def _between(job: Job, around: FireTimes) -> str:
    nearest = [
        f"{word} is {instant_text(one)}"
        for word, one in (
            ("the one before", around.previous),
            ("the next", around.next),
        )
        if one is not None
    ]
    beside = "; ".join(nearest) or "there is none"
    return f"`{job.schedule}` ({job.zone}) does not fire then: {beside}."


def _coming(job: Job, scheduled_for: datetime, at: datetime) -> str:
    words = f"It is due in {span(scheduled_for - at)}"
    return f"{words}." if job.enabled else f"{words}, but the job is switched off."


def _undecided(job: Job, scheduled_for: datetime, at: datetime) -> str:
    return (
        f"It was due {span(at - scheduled_for)} ago, and no beat has planned it yet:"
        f" {job.name} is planned up to {instant_text(job.cursor or scheduled_for)}."
        " Is a beat running?"
    )


def _known_off(job: Job, scheduled_for: datetime, changes: Sequence[Change]) -> bool:
    """Say whether the switch at that time is known, not only the present one."""
    if any("enabled" in {**change.before, **change.after} for change in changes):
        return True
    return job.cursor is None or scheduled_for > job.cursor


def _off(job: Job, scheduled_for: datetime, changes: Sequence[Change]) -> str:
    switched = [
        change
        for change in changes
        if change.at <= scheduled_for and change.after.get("enabled") is False
    ]
    if not switched:
        note = f": {job.note}" if job.note else ""
        return f"The job was switched off then{note}."
    last = max(switched, key=lambda change: change.at)
    note = f": {last.note}" if last.note else ""
    return (
        f"The job was switched off then, by {last.by} at {instant_text(last.at)}{note}."
    )


def _made(changes: Sequence[Change]) -> Change | None:
    made = [change for change in changes if change.action == "job.create"]
    return max(made, key=lambda change: change.at, default=None)


def _gone(scheduled_for: datetime, traces: Traces) -> tuple[Reason, str]:
    # A fire time that was planned has a row until retention takes it, so an hour
    # that counts more ends than it has rows has lost some.
    if traces.ended > traces.kept:
        return Reason.REMOVED_BY_RETENTION, (
            "Its run has been removed by retention: around that hour"
            f" {traces.ended} runs ended, and {traces.kept} are still kept."
        )
    if traces.oldest is not None and scheduled_for >= traces.oldest:
        return Reason.UNKNOWN, (
            "Nothing is known of it: the job may have been changed or switched on"
            " just then, and looks ahead from such a moment."
        )
    oldest = "no run" if traces.oldest is None else instant_text(traces.oldest)
    if traces.active_before:
        return Reason.REMOVED_BY_RETENTION, (
            f"Its run has been removed by retention: the ledger begins with {oldest}."
        )
    if traces.since is not None and scheduled_for < traces.since:
        words = f"nothing is kept from before {instant_text(traces.since)}"
        return Reason.UNKNOWN, f"It is too long ago: {words}."
    return Reason.BEFORE_THE_JOB, (
        "Nothing is known of the job from before that:"
        f" the ledger begins with {oldest}."
    )
