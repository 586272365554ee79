"""Channels that carry messages to people, as the services see them."""

from typing import Protocol

from airq_cron.domain.notification import Notification
from airq_cron.domain.severity import Severity


class Channel(Protocol):
    """One way to reach people."""

    @property
    def name(self) -> str:
        """Its name in settings, logs and origins."""

    @property
    def scheme(self) -> str:
        """`webhook`, or the service's scheme."""

    @property
    def least(self) -> Severity:
        """From which severity on it is used."""

    @property
    def shown(self) -> str:
        """Where it leads, without any secret."""

    def send(self, notification: Notification) -> str:
        """
        Deliver; return what was answered, in words fit to be shown.

        Twice is harmless: receivers know a repetition by its id.

        Raises:
            DeliveryError: not now; a later attempt may succeed.
            DeliveryRefusedError: not ever, until a person changes something.
        """
