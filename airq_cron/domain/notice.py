"""
Notices: what people are to be told of an alert, and when.

A notice is named by its kind and by the instant that it stands for, never by when it
was made: whoever asks, and however late, comes to the same ones.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from airq_cron.domain.alert_rule import AlertRule
from airq_cron.domain.flip import Flip


class NoticeKind(StrEnum):
    """What a notice says."""

    RAISED = "raised"
    REPEATED = "repeated"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Notice:
    """
    One thing to tell.

    Attributes:
        at: raised and resolved: when that was stored; repeated: a whole number of
            the rule's `repeat_every` after it was raised.
    """

    kind: NoticeKind
    at: datetime


def due_notices(
    flip: Flip, rule: AlertRule, sent: Collection[Notice], at: datetime
) -> list[Notice]:
    """
    Return what is to be told of *flip* at *at* and is not among *sent*: one or none.

    While it is silenced nothing is due; what stays true is told afterwards. An end
    is told to those only who were told of the beginning. Of repetitions the newest
    is due; those that fell into a silence, or came after somebody acknowledged it,
    are not made up for. A rule that is switched off ends what was told, no more.
    """
    if flip.is_silent(at):
        return []
    if not flip.is_open:
        due = _resolved(flip, sent)
    elif not rule.enabled:
        due = None
    else:
        raised = Notice(NoticeKind.RAISED, flip.raised_at)
        due = raised if raised not in sent else _repeated(flip, rule, at)
    return [] if due is None or due in sent else [due]


def _resolved(flip: Flip, sent: Collection[Notice]) -> Notice | None:
    told = Notice(NoticeKind.RAISED, flip.raised_at) in sent
    if flip.cleared_at is None or not told:
        return None
    return Notice(NoticeKind.RESOLVED, flip.cleared_at)


def _repeated(flip: Flip, rule: AlertRule, at: datetime) -> Notice | None:
    every = rule.repeat_every
    if every is None or flip.acknowledged_at is not None:
        return None
    times = (at - flip.raised_at) // every
    due = flip.raised_at + times * every
    if times < 1 or flip.is_silent(due):
        return None
    return Notice(NoticeKind.REPEATED, due)
