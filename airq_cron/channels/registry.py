"""Make the channels that the settings name."""

from airq_cron import __version__
from airq_cron.channels.addresses import CheckedLine
from airq_cron.channels.caller import Caller
from airq_cron.channels.through_apprise import AppriseChannel
from airq_cron.channels.webhook import Webhook
from airq_cron.clock import Clock
from airq_cron.domain.channel import Addresses, parse_channels
from airq_cron.ports import Channel


def make_caller(*, allow_private: bool) -> Caller:
    """Return who calls addresses from the settings."""
    line = CheckedLine(allow_private=allow_private)
    return Caller(f"airq-cron/{__version__}", line)


def make_channels(addresses: Addresses, clock: Clock) -> dict[str, Channel]:
    """Return all channels by name, the webhook first; nothing is called yet."""
    found: list[Channel] = []
    if addresses.webhook is not None:
        caller = make_caller(allow_private=addresses.allow_private)
        found.append(
            Webhook(addresses.webhook, addresses.secret, caller, clock, addresses.least)
        )
    if addresses.others is not None:
        found += map(AppriseChannel, parse_channels(addresses.others.reveal()))
    return {channel.name: channel for channel in found}
