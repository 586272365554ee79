"""
Deliveries: which messages are due to which channel, as runs of the job `notify`.

A delivery's key in the ledger follows from the alert, the channel and the event, so
that any number of planners make the same ones, and a crash between an alert and its
delivery costs nothing: the next look finds what is missing.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.domain.flip import Flip
from airq_cron.domain.job import Job
from airq_cron.domain.limits import limits_of
from airq_cron.domain.notification import NotificationType
from airq_cron.domain.run import NewRun, run_id

JOB = "notify"
# What could not be told for so long, because it was switched off or nobody had set a
# channel, is no news any more. The ledger keeps deliveries longer than that.
NEWS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Event:
    """
    Something to tell of an alert.

    Attributes:
        at: when it happened; aware, UTC.
    """

    flip: str
    type: NotificationType
    at: datetime

    def origin(self, channel: str) -> str:
        """Return the origin of its delivery: `flip:<id>:<channel>[:<notice>]`."""
        origin = f"flip:{self.flip}:{channel}"
        if self.type is NotificationType.RAISED:
            return origin
        return f"{origin}:{self.type.value.rpartition('.')[2]}"

    def run_id(self, channel: str) -> str:
        """Return the id of its delivery."""
        return run_id(JOB, self.at, self.origin(channel))


def raising(flip: Flip) -> Event:
    """Return the event that *flip* was raised."""
    return Event(flip.id, NotificationType.RAISED, flip.raised_at)


def due_events(
    flip: Flip, channel: str, known: Collection[str], at: datetime
) -> Iterator[Event]:
    """
    Yield what *channel* is to be told of *flip*.

    An end is told to those only who were told of the beginning, or may have been,
    longer ago than the ledger remembers.

    Args:
        known: ids of the deliveries that the ledger has.
    """
    first = raising(flip)
    told = first.run_id(channel) in known
    if flip.cleared_at is None:
        if at - flip.raised_at <= NEWS:
            yield first
    elif at - flip.cleared_at <= NEWS and (told or at - flip.raised_at > NEWS):
        yield Event(flip.id, NotificationType.CLEARED, flip.cleared_at)


def delivery(event: Event, channel: str, job: Job, by: str) -> NewRun:
    """
    Return the run of *job* that tells *channel* of *event*.

    Args:
        by: who enters it.
    """
    return NewRun(
        job=job.name,
        kind=job.kind,
        queue=job.queue,
        priority=job.priority,
        scheduled_for=event.at,
        origin=event.origin(channel),
        params={"flip": event.flip, "channel": channel, "event": event.type.value},
        limits=limits_of(job),
        decision=f"{event.type.value}, to {channel}",
        entered_by=by,
    )


def possible_ids(flips: Sequence[Flip], channels: Sequence[str]) -> list[str]:
    """Return the ids of all deliveries that *flips* may have by now."""
    return [
        event.run_id(channel)
        for flip in flips
        for channel in channels
        for event in _events(flip)
    ]


def _events(flip: Flip) -> Iterator[Event]:
    yield raising(flip)
    if flip.cleared_at is not None:
        yield Event(flip.id, NotificationType.CLEARED, flip.cleared_at)
