"""
Deliveries: which messages are due to which channel, as runs of the job `notify`.

A delivery's key in the ledger follows from the alert, the channel and the event, so
that any number of planners make the same ones, and a crash between an alert and its
delivery costs nothing: the next look finds what is missing.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from airq_cron.domain.alert_rule import AlertRule
from airq_cron.domain.flip import Flip
from airq_cron.domain.job import Job
from airq_cron.domain.limits import limits_of
from airq_cron.domain.notice import Notice, NoticeKind, due_notices
from airq_cron.domain.run import NewRun, run_id

JOB = "notify"
ALERT = "flip:"
# What could not be told for so long, because it was switched off or nobody had set a
# channel, is no news any more. The ledger keeps deliveries longer than that.
NEWS = timedelta(hours=24)


def origin_of(flip: Flip, notice: Notice, channel: str) -> str:
    """Return the origin of a delivery: `flip:<id>:<channel>[:<notice>]`."""
    origin = f"{ALERT}{flip.id}:{channel}"
    if notice.kind is NoticeKind.RAISED:
        return origin
    return f"{origin}:{notice.kind.value}"


def id_of(flip: Flip, notice: Notice, channel: str) -> str:
    """Return the id of the delivery."""
    return run_id(JOB, notice.at, origin_of(flip, notice, channel))


def due_deliveries(
    flip: Flip, rule: AlertRule, channel: str, known: Collection[str], at: datetime
) -> list[Notice]:
    """
    Return what *channel* is to be told of *flip* and has no delivery yet.

    What was raised before the ledger can remember counts as told: its repetitions
    and its end are news, its beginning is not.

    Args:
        known: ids of the deliveries that the ledger has.
    """
    raised = Notice(NoticeKind.RAISED, flip.raised_at)
    told = id_of(flip, raised, channel) in known or at - _news_since(flip, at) > NEWS
    return [
        notice
        for notice in due_notices(flip, rule, [raised] if told else [], at)
        if at - notice.at <= NEWS or notice == raised
        if id_of(flip, notice, channel) not in known
    ]


def possible_ids(
    flip: Flip, rule: AlertRule, channel: str, at: datetime
) -> Iterator[str]:
    """Yield the ids on which it depends what is due."""
    raised = Notice(NoticeKind.RAISED, flip.raised_at)
    for notice in (raised, *due_notices(flip, rule, [raised], at)):
        yield id_of(flip, notice, channel)


def _news_since(flip: Flip, at: datetime) -> datetime:
    """Return since when people could be told; a silence puts it off."""
    silenced = flip.silenced_until
    if silenced is None or silenced > at:
        return flip.raised_at
    return max(flip.raised_at, silenced)


def delivery(flip: Flip, notice: Notice, channel: str, job: Job, by: str) -> NewRun:
    """
    Return the run of *job* that tells *channel*.

    Args:
        by: who enters it.
    """
    kind = notice.kind.value
    return NewRun(
        job=job.name,
        kind=job.kind,
        queue=job.queue,
        priority=job.priority,
        scheduled_for=notice.at,
        origin=origin_of(flip, notice, channel),
        params={"flip": flip.id, "channel": channel, "notice": kind},
        limits=limits_of(job),
        decision=f"{channel} is told that an alert was {kind}",
        entered_by=by,
    )
