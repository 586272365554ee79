"""Channels that apprise knows: mail, chats, telephones."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from airq_cron.channels.caller import without_secrets
from airq_cron.domain.channel import ChannelSpec
from airq_cron.domain.notification import Notification, NotificationType
from airq_cron.domain.severity import Severity
from airq_cron.errors import DeliveryError, DeliveryRefusedError

LONGEST_REASON = 300
TITLE = "airq-cron"


@dataclass(frozen=True)
class AppriseChannel:
    """
    One channel of `AIRQ_ALERT_URLS`.

    apprise says only whether it worked: what failed is tried again, whatever the
    reason. It is imported when something is to be sent, which takes half a second.
    """

    spec: ChannelSpec

    @property
    def name(self) -> str:
        """The name that the setting gives it."""
        return self.spec.name

    @property
    def least(self) -> Severity:
        """From which severity on it is used."""
        return self.spec.least

    @property
    def scheme(self) -> str:
        """The service's scheme."""
        return self.spec.scheme

    @property
    def shown(self) -> str:
        """The scheme alone: apprise's addresses are made of tokens."""
        return f"{self.scheme}://***"

    def send(self, notification: Notification) -> str:
        """
        Deliver through apprise; return that it was taken.

        Raises:
            DeliveryRefusedError: apprise cannot read the address.
            DeliveryError: the service did not take it, with what apprise's log says.
        """
        import apprise  # noqa: PLC0415 - half a second, and only when sending

        url = self.spec.address.reveal()
        asset = apprise.AppriseAsset(
            app_id=TITLE, app_desc=TITLE, async_mode=False, plugin_paths=[]
        )
        with _listening() as said:
            service = apprise.Apprise(asset=asset)
            if not service.add(url):
                raise DeliveryRefusedError(
                    f"{self.name}: apprise cannot read this {self.scheme}:// address; "
                    "see its page of the service, then correct AIRQ_ALERT_URLS"
                )
            done = service.notify(
                title=notification.title,
                body=notification.text,
                notify_type=_urgency(notification),
                body_format=apprise.NotifyFormat.TEXT,
            )
        if not done:
            reason = without_secrets("; ".join(said), url)[:LONGEST_REASON]
            said_why = f": {reason}" if reason else ""
            raise DeliveryError(f"{self.name}: {self.scheme} did not take it{said_why}")
        return f"{self.scheme} took it"


def _urgency(notification: Notification) -> Any:
    if notification.type is NotificationType.RESOLVED:
        return "success"
    words = {Severity.CRITICAL: "failure", Severity.LOW: "info"}
    return words.get(notification.severity, "warning")


class _Kept(logging.Filter):
    """Keeps what is logged, and lets nothing through."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.WARNING:
            self.lines.append(" ".join(record.getMessage().split()))
        return False


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Give what apprise logs, which may hold addresses: our own log must not."""
    log, kept = logging.getLogger("apprise"), _Kept()
    log.addFilter(kept)
    try:
        yield kept.lines
    finally:
        log.removeFilter(kept)
