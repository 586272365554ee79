"""What settings say of channels."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.channel import SCHEMES, parse_channels, webhook_address
from airq_cron.domain.severity import Severity


def test_channels_are_read_in_order() -> None:
    """An address may hold commas and equals signs."""
    text = "team=slack://a/b/c/\n mail=mailtos://u:p@h?to=a@b,c@d&name=x"

    found = parse_channels(text)

    assert [("team", "slack"), ("mail", "mailtos")] == [
        (one.name, one.scheme) for one in found
    ]
    assert "mailtos://u:p@h?to=a@b,c@d&name=x" == found[1].address.reveal()


def test_a_channel_may_have_a_least_severity() -> None:
    """Written after its name; without it everything is sent."""
    found = parse_channels("phone:critical=ntfys://h/t team=slack://a/b/c")

    assert [("phone", Severity.CRITICAL), ("team", Severity.LOW)] == [
        (one.name, one.least) for one in found
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("slack://s3cret", "channel 1 must be NAME=ADDRESS"),
        ("a=slack://s3cret b", "channel 2 must be NAME=ADDRESS"),
        ("Team=slack://s3cret", "small letters"),
        ("a=slack://s3cret a=slack://s3cret", "a name of its own"),
        ("a:loud=slack://s3cret", "must be one of critical, high"),
        ("a:=slack://s3cret", "must be one of critical, high"),
        ("webhook=slack://s3cret", "a name of its own"),
        ("a=https://s3cret", "AIRQ_ALERT_WEBHOOK_URL"),
        ("a=json://s3cret", "AIRQ_ALERT_WEBHOOK_URL"),
        ("a=syslog://s3cret", "must begin with one of discord://"),
        ("a=slack://", "must begin with one of"),
        ("a=s3cret", "must begin with one of"),
    ],
)
def test_a_wrong_channel_is_named_and_its_address_is_not(text: str, said: str) -> None:
    """The message tells which, and never a token."""
    with pytest.raises(ValueError, match=said) as caught:
        parse_channels(text)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://s3cret",
        "https://",
        "https://h:s3cret/",
        "https://[s3cret",
        "https://h/ s3cret",
    ],
)
def test_a_wrong_webhook_is_not_repeated(text: str) -> None:
    """Its address is a secret as well."""
    with pytest.raises(ValueError, match="must be an http") as caught:
        webhook_address(text)

    assert "s3cret" not in str(caught.value)


@given(st.text(max_size=80))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    """Every text is read, or refused in words."""
    for parse in (parse_channels, webhook_address):
        with suppress(ValueError):
            parse(text)


def test_apprise_knows_what_we_allow() -> None:
    """And what speaks plain HTTP to any address, or acts on this host, is not there."""
    import apprise  # noqa: PLC0415 - only here

    known: set[str] = set()
    for one in apprise.Apprise().details()["schemas"]:
        known |= {*(one["protocols"] or ()), *(one["secure_protocols"] or ())}

    assert SCHEMES <= known
    assert SCHEMES.isdisjoint({"json", "jsons", "xml", "form", "apprise", "syslog"})
