"""A message is copied byte by byte, but for what each has of its own."""

import json
from base64 import b64decode
from typing import Any

from airq_cron.envelope import NO_CALLBACKS, Envelope

ODD = "100 %, %s and %(run)s"
FIRST: dict[str, Any] = {
    "body": "of the first",
    "content-type": "application/json",
    "headers": {
        "id": "first",
        "root_id": "first",
        "argsrepr": "('first',)",
        "sent_at": 1.0,
        "origin": ODD,
        "retries": 0,
        ODD: None,
    },
    "properties": {"correlation_id": "first", "delivery_tag": "a", "priority": 3},
}


def envelope(**named: str) -> Envelope:
    """Return an envelope of a message with everything that a template trips over."""
    return Envelope("list", FIRST, stamp="sent_at", serializer="json", named=named)


def test_a_copy_differs_in_what_is_its_own() -> None:
    """Ids, tag, instant and body; all else is as it was, whatever is in it."""
    found = json.loads(envelope(text=ODD).copy("second", 1_790_000_000.25))

    tag = found["properties"].pop("delivery_tag")
    assert [["second"], {"text": ODD}, NO_CALLBACKS] == json.loads(
        b64decode(found.pop("body"))
    )
    assert tag != "a"
    assert {
        "content-type": "application/json",
        "headers": FIRST["headers"]
        | {
            "id": "second",
            "root_id": "second",
            "argsrepr": "('second',)",
            "sent_at": 1_790_000_000.25,
        },
        "properties": {"correlation_id": "second", "priority": 3},
    } == found


def test_no_two_copies_share_a_tag() -> None:
    """Nor do those of two envelopes: an ack would take both away."""
    copies = [one.copy("a-run", 1.0) for one in (envelope(), envelope()) for _ in "ab"]
    tags = {json.loads(one)["properties"]["delivery_tag"] for one in copies}

    assert 4 == len(tags)


def test_the_first_message_is_left_as_it_was() -> None:
    """Whoever made it may still send it."""
    envelope().copy("second", 2.0)

    assert ("first", "a") == (
        FIRST["headers"]["id"],
        FIRST["properties"]["delivery_tag"],
    )
