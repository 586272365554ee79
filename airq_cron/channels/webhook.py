"""
Our own webhook: a signed JSON document by POST.

Form and signature are those of Standard Webhooks (standardwebhooks.com), so that
receivers can check them with a library of their language.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.channels.caller import Caller, Reply, host_of
from airq_cron.clock import Clock
from airq_cron.domain.channel import WEBHOOK
from airq_cron.domain.notification import Notification
from airq_cron.domain.retry import retry_after
from airq_cron.domain.run import instant_text
from airq_cron.domain.setting_text import Secret
from airq_cron.domain.severity import Severity
from airq_cron.errors import DeliveryError, DeliveryRefusedError

# Of 4xx these mean "not now": too slow, too early, too often.
PASSING = frozenset({408, 425, 429})
# An alert that waits any longer might as well not be told.
LONGEST_WAIT = timedelta(minutes=15)
BASE64_MARK = "whsec_"


@dataclass(frozen=True)
class Webhook:
    """
    The channel that `AIRQ_ALERT_WEBHOOK_URL` sets.

    Attributes:
        secret: signs what is sent; without one nothing is signed.
    """

    address: Secret
    secret: Secret | None
    caller: Caller
    clock: Clock
    least: Severity = Severity.LOW
    name: str = WEBHOOK
    scheme: str = WEBHOOK

    @property
    def shown(self) -> str:
        """The host alone: paths of webhooks are secrets."""
        return host_of(self.address.reveal())

    def send(self, notification: Notification) -> str:
        """
        Post the message; return what was answered.

        Raises:
            DeliveryError: no answer, 5xx, 408, 425 or 429; with the instant of a
                Retry-After.
            DeliveryRefusedError: any other status but 2xx, or an address that may
                not be called.
        """
        body = json.dumps(document(notification), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **self._sign(notification, body)}
        reply = self.caller.call("POST", self.address.reveal(), body, headers)
        said = f"{self.shown} answered {reply.status}"
        if 200 <= reply.status < 300:
            return said
        if 300 <= reply.status < 400:
            raise DeliveryRefusedError(
                f"{said}, a redirect, which is not followed: set where it leads"
            )
        said += f": {reply.excerpt}" if reply.excerpt else ""
        if 400 <= reply.status < 500 and reply.status not in PASSING:
            raise DeliveryRefusedError(said)
        raise DeliveryError(said, retry_at=self._retry_at(reply))

    def _retry_at(self, reply: Reply) -> datetime | None:
        at = self.clock.now()
        named = retry_after(reply.headers.get("retry-after", ""), at)
        named = min(named, at + LONGEST_WAIT)
        return named if named > at else None

    def _sign(self, notification: Notification, body: bytes) -> dict[str, str]:
        sent_s = str(int(self.clock.now().timestamp()))
        headers = {"webhook-id": notification.id, "webhook-timestamp": sent_s}
        if self.secret is None:
            return headers
        signed = f"{notification.id}.{sent_s}.".encode() + body
        digest = hmac.new(key_of(self.secret), signed, hashlib.sha256).digest()
        mark = "v1," + base64.b64encode(digest).decode()
        return headers | {"webhook-signature": mark}


def key_of(secret: Secret) -> bytes:
    """Return the key: what `whsec_` base64 stands for, or the text itself."""
    text = secret.reveal()
    if text.startswith(BASE64_MARK):
        try:
            return base64.b64decode(text.removeprefix(BASE64_MARK), validate=True)
        except binascii.Error:
            return text.encode()
    return text.encode()


def document(notification: Notification) -> dict[str, object]:
    """Return the body: `type`, `timestamp` and `data`, as the standard wants."""
    return {
        "type": notification.type.value,
        "timestamp": instant_text(notification.at),
        "data": {
            "id": notification.id,
            "title": notification.title,
            "text": notification.text,
            "severity": notification.severity.value,
            "alert": dict(notification.alert) or None,
        },
    }
