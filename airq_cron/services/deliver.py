"""Carry out one delivery: tell one channel of one event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from airq_cron.domain.delivery import ALERT
from airq_cron.domain.flip import Flip
from airq_cron.domain.notice import NoticeKind
from airq_cron.domain.notification import Notification, NotificationType
from airq_cron.domain.notification_words import say_test, tell
from airq_cron.domain.run import Claim, State
from airq_cron.errors import DeliveryError, NotFoundError
from airq_cron.ports import Channel, Store
from airq_cron.services.execute import Ending


@dataclass(frozen=True)
class Post:
    """
    What deliveries need.

    Attributes:
        base_url: where people reach the API, for links.
        enabled: `CRON_ENABLE_ALERT_NOTIFICATIONS`.
    """

    store: Store
    channels: Mapping[str, Channel]
    base_url: str
    enabled: bool

    def channel(self, name: str) -> Channel:
        """Return one channel; raises NotFoundError."""
        found = self.channels.get(name)
        if found is None:
            raise NotFoundError("channel", name)
        return found

    def test(self, name: str, *, id: str, at: datetime) -> str:  # noqa: A002
        """
        Send a test message; return what was answered.

        Raises:
            NotFoundError: there is no such channel.
            DeliveryError: it did not arrive.
        """
        message = say_test(id=id, at=at, base_url=self.base_url)
        return self.channel(name).send(message)


def deliver(post: Post, claim: Claim) -> Ending:
    """
    Send what the run is about; a run that no alert has made sends a test message.

    What nobody needs any more is skipped, with the reason.

    Raises:
        DeliveryError: it did not arrive; the run is tried again.
        DeliveryRefusedError: the channel refuses it, so the run has failed.
    """
    if not post.enabled:
        return _skip("notifications_off")
    if not claim.origin.startswith(ALERT):
        return _send_tests(post, claim)
    channel = post.channels.get(str(claim.params["channel"]))
    if channel is None:
        return _skip("channel_removed")
    message = _message(post, claim)
    if isinstance(message, Ending):
        return message
    said = channel.send(message)
    return Ending(lambda _unit: {"channel": channel.name, "answer": said})


def _message(post: Post, claim: Claim) -> Notification | Ending:
    kind = NoticeKind(claim.params["notice"])
    with post.store.read() as unit:
        try:
            flip = unit.flips.get(str(claim.params["flip"]))
        except NotFoundError:
            return _skip("alert_removed")
    unwanted = _unwanted(flip, kind, claim.claimed_at)
    if unwanted is not None:
        return _skip(unwanted)
    return tell(
        flip,
        NotificationType(f"alert.{kind.value}"),
        id=claim.run_id,
        at=claim.scheduled_for,
        base_url=post.base_url,
    )


def _unwanted(flip: Flip, kind: NoticeKind, at: datetime) -> str | None:
    """Return why nobody needs a notice any more that was due when it was planned."""
    if flip.is_silent(at):
        return "silenced"
    if kind is NoticeKind.RESOLVED:
        return None
    if not flip.is_open:
        # Its end is told as well, and says how long it was.
        return "cleared_before"
    if kind is NoticeKind.REPEATED and flip.acknowledged_at is not None:
        return "acknowledged"
    return None


def _send_tests(post: Post, claim: Claim) -> Ending:
    name = claim.params.get("channel")
    names = list(post.channels) if name is None else [str(name)]
    if not names:
        return _skip("no_channel")
    answers: dict[str, str] = {}
    failed: list[str] = []
    for one in names:
        try:
            answers[one] = post.test(one, id=claim.run_id, at=claim.claimed_at)
        except DeliveryError as error:
            failed.append(str(error))
    if failed:
        raise DeliveryError("; ".join(failed))
    return Ending(lambda _unit: dict(answers))


def _skip(reason: str) -> Ending:
    return Ending(state=State.SKIPPED, reason=reason)
