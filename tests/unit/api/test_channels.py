"""Channels over HTTP: listed without secrets, and tried."""

import pytest

from airq_cron.cli.channels import channel_document, trial_document
from airq_cron.errors import DeliveryError, DeliveryRefusedError
from airq_cron.ports import AuditFilter
from airq_cron.services.try_channel import Trial
from airq_cron.system import System
from airq_cron.testing import RecordingChannel
from tests.unit.api.caller import Caller

TEST = "/cron/channels/webhook/test"


@pytest.fixture
def channel(system: System) -> RecordingChannel:
    """Give the only channel."""
    found = RecordingChannel()
    vars(system)["channels"] = {found.name: found}
    return found


def test_channels_are_listed(viewer: Caller, channel: RecordingChannel) -> None:
    """By what can be shown of them, as the command does."""
    (line,) = viewer.get("/cron/channels").json["items"]

    assert channel_document(channel) == line
    assert "hook.example" == line["leads_to"]


def test_without_channels_the_list_is_empty(viewer: Caller) -> None:
    """It is there all the same."""
    assert {"items": [], "next_cursor": None} == viewer.get("/cron/channels").json


def test_a_test_message_is_sent_and_audited(
    operator: Caller, channel: RecordingChannel, system: System
) -> None:
    """With who asked for it."""
    answer = operator.post(TEST)

    assert 200 == answer.status_code
    assert trial_document(Trial("webhook", True, "taken")) == answer.json
    assert ["test"] == [one.type.value for one in channel.sent]
    with system.store.read() as unit:
        entry = unit.audit.find(AuditFilter(), limit=1, after=None)[0]
    assert ("token:operator", "channel.test", "channel:webhook") == (
        entry.actor,
        entry.action,
        entry.subject,
    )


@pytest.mark.parametrize(
    ("error", "retryable"),
    [(DeliveryError("503"), True), (DeliveryRefusedError("404"), False)],
)
def test_what_did_not_arrive_is_told(
    operator: Caller, channel: RecordingChannel, error: DeliveryError, retryable: bool
) -> None:
    """The call has worked; the message has not."""
    channel.errors = [error]

    answer = operator.post(TEST)

    assert 200 == answer.status_code
    assert (False, str(error), retryable) == (
        answer.json["delivered"],
        answer.json["answer"],
        answer.json["retryable"],
    )


def test_an_unknown_channel_is_not_found(
    operator: Caller, channel: RecordingChannel
) -> None:
    """By its name."""
    answer = operator.post("/cron/channels/nobody/test")

    assert 404 == answer.status_code
    assert "nobody" in answer.json["detail"]


def test_viewers_send_nothing(viewer: Caller, channel: RecordingChannel) -> None:
    """A test wakes somebody up."""
    assert 403 == viewer.post(TEST).status_code
    assert [] == channel.sent
