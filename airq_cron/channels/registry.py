"""Make the channels that the settings name."""

from dataclasses import dataclass

from airq_cron import __version__
from airq_cron.channels.addresses import CheckedLine
from airq_cron.channels.caller import Caller
from airq_cron.channels.through_apprise import AppriseChannel
from airq_cron.channels.webhook import Webhook
from airq_cron.clock import Clock
from airq_cron.domain.channel import parse_channels
from airq_cron.domain.setting_text import Secret
from airq_cron.domain.severity import Severity
from airq_cron.ports import Channel


@dataclass(frozen=True)
class Addresses:
    """
    Where alerts go, as the settings say.

    Attributes:
        webhook: of our own webhook; None: there is none.
        secret: signs what the webhook gets.
        least: from which severity on the webhook is used.
        others: the text of `AIRQ_ALERT_URLS`.
    """

    webhook: Secret | None = None
    secret: Secret | None = None
    others: Secret | None = None
    least: Severity = Severity.LOW


def make_caller(*, allow_private: bool) -> Caller:
    """Return who calls addresses from the settings."""
    line = CheckedLine(allow_private=allow_private)
    return Caller(f"airq-cron/{__version__}", line)


def make_channels(
    addresses: Addresses, clock: Clock, *, allow_private: bool
) -> dict[str, Channel]:
    """Return all channels by name, the webhook first; nothing is called yet."""
    found: list[Channel] = []
    if addresses.webhook is not None:
        caller = make_caller(allow_private=allow_private)
        found.append(
            Webhook(addresses.webhook, addresses.secret, caller, clock, addresses.least)
        )
    if addresses.others is not None:
        found += map(AppriseChannel, parse_channels(addresses.others.reveal()))
    return {channel.name: channel for channel in found}
