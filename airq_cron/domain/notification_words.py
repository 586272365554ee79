"""
The words of a message about an alert: good enough to act on at night.

What happened comes first, because telephones show one line; then where, since when,
what to do next, and where to read more.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.notification import Notification, NotificationType
from airq_cron.domain.run import instant_text
from airq_cron.domain.severity import Severity

LONGEST_TITLE = 120
MINUTE = timedelta(minutes=1)
# What a person does first; `{name}` is the subject's.
NEXT = {
    FlipKind.HIGH_AQI: "tell those whom it concerns; /air/locations/{name}/latest has "
    "the newest hours of every pollutant, `airq report {name} DATE` the day.",
    FlipKind.BREAKER_OPEN: "`airq breaker history {name}` shows what failed. It tries "
    "again by itself, unless CRON_ENABLE_AUTOMATIC_RECOVERY is false, and then fetches "
    "what is missing.",
    FlipKind.BREAKER_STUCK: "look at the provider's own status page; `airq breaker "
    "history {name}` shows each probe. When it is well, `airq breaker reset {name}` "
    "asks now.",
    FlipKind.PROVIDER_DISABLED: "`airq providers show {name}` has the reason, mostly "
    "a key. Correct it, then `airq providers enable {name}`.",
    FlipKind.STALE_DATA: "`airq locations gaps {name}` shows what is missing, "
    "`airq status` what runs, `airq breaker list` who is not asked.",
    FlipKind.INCOMPLETE_DATA: "`airq locations gaps {name}` shows which hours are "
    "missing, `airq locations fill {name}` asks for those that can still be had.",
    FlipKind.QUEUE_BACKLOG: "`airq status` shows whether the workers are busy or gone; "
    "start another one for this queue when they are busy.",
    FlipKind.QUEUE_UNCONSUMED: "start a worker for this queue (Procfile), or look into "
    "its log; `airq status` shows which are alive. What waits is kept.",
    FlipKind.BROKER_LOST: "see whether Redis runs and can be reached; `airq doctor` "
    "tells more. No run is lost: what is due is made up when it is back.",
    FlipKind.QUEUE_HEALTH: "`airq queues show {name}` says which term is bad, "
    "`airq queues recommend {name}` what would help.",
    FlipKind.CRITICAL_BOTTLENECK: "`airq queues recommend {name}` says what would "
    "help, and which call does it.",
    FlipKind.SLOW_PROCESSING: "`airq queues recommend {name}` names the slowest job; "
    "`airq providers list` shows whether a provider is slow.",
    FlipKind.DEAD_LETTERS: "`airq dead-letters list` has their errors; `retry` starts "
    "them again, `discard` takes them off the list.",
    FlipKind.MANY_REFUSALS: "`airq audit list --action call.refuse` has who and what; "
    "an old token somewhere, or somebody who guesses: then keep them out before us.",
    FlipKind.MANY_MANUAL_RUNS: "`airq audit list --action job.execute` has who; when "
    "nobody meant it, `airq token revoke NAME` ends it.",
    FlipKind.NEW_ADDRESS: "ask who has that token; when nobody was there, "
    "`airq token revoke NAME` ends it, and `airq audit list` has what it did.",
    FlipKind.JOB_LATE: "`airq status` shows whether workers are gone or busy; "
    "`airq runs list --job {name}` what waits.",
    FlipKind.JOB_MISSED: "`airq runs list --job {name} --state missed` has them, "
    "`airq jobs why {name} TIME` the reason; `airq backfill {name}` makes up for days.",
    FlipKind.JOB_TOO_LONG: "`airq runs list --job {name}` shows how long each took; "
    "`airq runs cancel ID` ends one that hangs.",
    FlipKind.JOB_TOO_OFTEN: "`airq audit list` shows who asks for runs of {name}; "
    "`airq token list` has the tokens of programs.",
    FlipKind.JOB_FAILING: "`airq runs list --job {name} --state failed` has the "
    "errors; `airq jobs pause {name}` stops it while you look.",
    FlipKind.JOB_NEVER_SUCCEEDED: "`airq runs list --job {name}` has the errors, "
    "`airq jobs show {name}` its parameters; most often one of them is wrong.",
    FlipKind.JOB_FAILURE_RATE: "`airq runs list --job {name} --state failed` has the "
    "errors; `airq breaker list` shows whether a provider is away.",
}
OTHERWISE = "`airq alerts show {id}` has the figures behind it."


def tell(
    flip: Flip,
    kind: NotificationType,
    *,
    id: str,  # noqa: A002 - the message's own name for it
    at: datetime,
    base_url: str,
) -> Notification:
    """
    Return the message that tells of *flip*.

    Args:
        id: of the delivery.
        at: of the event: raised, repeated or resolved.
        base_url: where people reach the API.
    """
    link = f"{base_url}/cron/alerts/{flip.id}"
    return Notification(
        id=id,
        type=kind,
        title=_title(flip, kind),
        text="\n".join(_lines(flip, kind, at, link)),
        at=at,
        severity=flip.severity,
        alert=document(flip) | {"link": link},
    )


def say_test(
    *,
    id: str,  # noqa: A002
    at: datetime,
    base_url: str,
) -> Notification:
    """Return a message that says that messages arrive."""
    return Notification(
        id=id,
        type=NotificationType.TEST,
        title="airq-cron: a test message",
        text=f"Alerts reach you here. Somebody asked for this test at {clock(at)}.\n\n"
        f"See: {base_url}/cron/alerts",
        at=at,
        severity=Severity.LOW,
    )


def document(flip: Flip) -> dict[str, Any]:
    """Return the alert for receivers, with the names that the API uses."""
    return {
        "id": flip.id,
        "kind": flip.kind.value,
        "state": flip.state,
        "severity": flip.severity.value,
        "subject": flip.subject,
        "location": flip.location,
        "message": flip.message,
        "began_at": instant_text(flip.began_at),
        "raised_at": instant_text(flip.raised_at),
        "ended_at": flip.ended_at and instant_text(flip.ended_at),
        "cleared_message": flip.cleared_message,
        "detail": dict(flip.detail),
    }


def clock(at: datetime) -> str:
    """Return *at* in UTC, as people read it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def length(span: timedelta) -> str:
    """Return how long, in the two largest units: `2 d 3 h`, `1 h 5 min`, `4 min`."""
    minutes = max(0, span // MINUTE)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {left} min" if hours else f"{left} min"


def _title(flip: Flip, kind: NotificationType) -> str:
    if kind is NotificationType.RESOLVED:
        head, said = "resolved", flip.cleared_message or flip.message
    else:
        head, said = flip.severity.value, flip.message
    if kind is NotificationType.REPEATED:
        head += ", still"
    title = f"[{head}] {' '.join(said.split())}"
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def _lines(
    flip: Flip, kind: NotificationType, at: datetime, link: str
) -> Iterator[str]:
    noun, _, name = flip.subject.partition(":")
    where = f"{noun} {name}" if name else noun
    if kind is NotificationType.RESOLVED:
        yield flip.cleared_message or "It is over."
        yield ""
        yield f"It was: {flip.message}"
        yield f"Where: {where}"
        yield f"From: {clock(flip.began_at)}"
        if flip.ended_at is not None:
            lasted = length(flip.ended_at - flip.began_at)
            yield f"To: {clock(flip.ended_at)}, after {lasted}"
    else:
        yield flip.message
        yield ""
        yield f"Where: {where}"
        yield f"Since: {clock(flip.began_at)}, for {length(at - flip.began_at)}"
        step = NEXT.get(flip.kind, OTHERWISE)
        yield f"Next: {step.format(name=name or noun, id=flip.id)}"
    yield f"See: {link}"
