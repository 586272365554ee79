"""Sealing: what one key closes, its ring opens, and nobody else's."""

from collections.abc import Sequence
from string import ascii_letters, digits
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu import serialization
from kombu.exceptions import ContentDisallowed, DecodeError

from airq_cron.broker import make_celery
from airq_cron.sealing import SEALED, SEALED_TYPE, is_sealing, new_key, use_keys

LETTERS = ascii_letters + digits + "-_"
OLD, NEW, OTHER = new_key(), new_key(), new_key()
WORDS = st.text(max_size=20)
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner),
    max_leaves=10,
)


def sealed(body: Any, keys: Sequence[str]) -> str:
    """Return what is sent of *body* by a process with *keys*."""
    use_keys(keys)
    content_type, _, token = serialization.dumps(body, serializer=SEALED)
    assert SEALED_TYPE == content_type
    return str(token)


def opened(token: str | bytes, keys: Sequence[str]) -> Any:
    """Return what a process with *keys* reads."""
    use_keys(keys)
    return serialization.loads(token, SEALED_TYPE, "utf-8", accept={SEALED_TYPE})


@given(BODIES)
def test_what_was_sealed_is_read_unchanged(body: Any) -> None:
    """Whatever JSON can hold; as text or as bytes."""
    token = sealed(body, [OLD])

    assert body == opened(token, [OLD]) == opened(token.encode(), [OLD])


def test_what_is_sealed_cannot_be_read_by_the_way() -> None:
    """And two seals of one body differ, so that nobody sees a message twice."""
    tokens = {sealed(["a run"], [OLD]) for _ in range(2)}

    assert 2 == len(tokens)
    assert not any("run" in token for token in tokens)


@pytest.mark.parametrize(
    ("sender", "reader"),
    [
        ([OLD], [OLD, NEW]),
        ([OLD, NEW], [OLD, NEW]),
        ([OLD, NEW], [NEW, OLD]),
        ([NEW, OLD], [OLD, NEW]),
        ([NEW, OLD], [NEW]),
    ],
)
def test_neighbours_in_a_change_of_keys_understand_each_other(
    sender: list[str], reader: list[str]
) -> None:
    """A new key is added behind, moved to the front, and left alone."""
    assert "a run" == opened(sealed("a run", sender), reader)


@pytest.mark.parametrize("reader", [[NEW], [OTHER, NEW]])
def test_a_key_that_was_left_out_opens_nothing(reader: list[str]) -> None:
    """The error says why, and holds no key."""
    token = sealed("a run", [OLD])

    with pytest.raises(DecodeError, match="none of our keys") as caught:
        opened(token, reader)
    assert OLD not in str(caught.value)


@given(st.text(max_size=200) | st.binary(min_size=1, max_size=200))
def test_a_forged_body_opens_to_nothing(forged: str | bytes) -> None:
    """Any bytes are refused with the error that consumers expect."""
    if forged:
        with pytest.raises(DecodeError):
            opened(forged, [OLD])


@given(st.data())
def test_a_changed_letter_breaks_the_seal(data: st.DataObject) -> None:
    """Wherever it stands."""
    token = sealed(["a run", {}, {}], [OLD])
    # The last letter before the padding carries bits that do not count.
    place = data.draw(st.integers(0, len(token.rstrip("=")) - 2))
    # A choice among other letters would hang on the token, which is new each time.
    further = data.draw(st.integers(1, len(LETTERS) - 1))
    letter = LETTERS[(LETTERS.index(token[place]) + further) % len(LETTERS)]

    with pytest.raises(DecodeError):
        opened(token[:place] + letter + token[place + 1 :], [OLD])


def test_who_seals_accepts_nothing_else() -> None:
    """No plain message, no pickle, no YAML."""
    conf = make_celery("redis://127.0.0.1:1", keys=[OLD]).conf
    for plain in ("application/json", "application/x-python-serialize", "x-yaml"):
        with pytest.raises(ContentDisallowed):
            serialization.loads("[]", plain, "utf-8", accept={SEALED_TYPE})

    assert ([SEALED], SEALED) == (conf.accept_content, conf.task_serializer)


def test_without_keys_messages_are_plain_json() -> None:
    """Sealing is a choice."""
    app = make_celery("redis://127.0.0.1:1")

    assert (["json"], "json") == (app.conf.accept_content, app.conf.task_serializer)
    assert not is_sealing(app)
    assert is_sealing(make_celery("redis://127.0.0.1:1", keys=[OLD]))
