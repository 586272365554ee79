"""Channels: how people are told of alerts."""

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.ports import Channel
from airq_cron.services.try_channel import Trial, try_channel

from . import channel_examples as examples
from .area import Answer, Area
from .auth import caller
from .channel_schema import ChannelPageSchema, TrialSchema
from .context import the_system

area = Area("channels", "How people are told of alerts")


@area.endpoint(
    "GET",
    "/cron/channels",
    role=Role.VIEWER,
    answer=Answer(ChannelPageSchema, example=examples.CHANNEL_PAGE),
)
def every() -> Page[Channel]:
    """List the channels that are set, without their secrets."""
    return Page(tuple(the_system().channels.values()))


@area.endpoint(
    "POST",
    "/cron/channels/<channel:name>/test",
    role=Role.OPERATOR,
    answer=Answer(TrialSchema, example=examples.TRIAL),
)
def test(name: str) -> Trial:
    """Send a test message now; the answer says what became of it."""
    return try_channel(the_system().post, name, by=caller())
