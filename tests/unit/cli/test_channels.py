"""`airq alerts channels` and `airq alerts test`, with a server that receives."""

import json
from collections.abc import Iterator

import pytest

from api.channel_schema import ChannelSchema, TrialSchema
from tests.receiver import Receiver
from tests.unit.cli.conftest import Person

TOKEN = "t0k3n-of-ours"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a server that receives."""
    with Receiver() as found:
        yield found


def environment(receiver: Receiver, *, allowed: bool = True) -> dict[str, str]:
    return {
        "AIRQ_ALERT_WEBHOOK_URL": f"{receiver.url}/{TOKEN}",
        "AIRQ_ALERT_ALLOW_PRIVATE": "true" if allowed else "false",
        "AIRQ_ALERT_URLS": f"team=slack://{TOKEN}/b/c",
    }


def test_without_channels_the_settings_are_named(person: Person) -> None:
    """Whoever looks wants to set one."""
    assert "AIRQ_ALERT_WEBHOOK_URL" in person.types("alerts channels").stdout


def test_channels_are_listed_without_secrets(
    person: Person, receiver: Receiver
) -> None:
    """By name, scheme and host."""
    env = environment(receiver)
    said = person.types("alerts channels", env=env).stdout
    items = json.loads(person.types("alerts channels --json", env=env).stdout)["items"]

    assert ["webhook", "team"] == [one["name"] for one in items]
    assert set(ChannelSchema().fields) == set(items[0])
    assert "127.0.0.1" in said
    assert TOKEN not in said + json.dumps(items)


def test_a_test_message_arrives(person: Person, receiver: Receiver) -> None:
    """And the command says so."""
    result = person.types("alerts test webhook --json", env=environment(receiver))

    assert 0 == result.exit_code
    found = json.loads(result.stdout)
    assert set(TrialSchema().fields) == set(found)
    assert found["delivered"]
    assert "test" == json.loads(receiver.received[0].body)["type"]


def test_what_does_not_arrive_is_an_exit_code(
    person: Person, receiver: Receiver
) -> None:
    """1: the work that was asked for has failed, and what to change is said."""
    result = person.types(
        "alerts test webhook", env=environment(receiver, allowed=False)
    )

    assert 1 == result.exit_code
    assert "AIRQ_ALERT_ALLOW_PRIVATE" in result.stdout
    assert TOKEN not in result.output


def test_an_unknown_channel_is_not_found(person: Person, receiver: Receiver) -> None:
    """Exit code 3, as for anything that is not there."""
    result = person.types("alerts test nobody", env=environment(receiver))

    assert 3 == result.exit_code
    assert "nobody" in result.stderr
