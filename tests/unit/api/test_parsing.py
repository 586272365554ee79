"""JSON is read strictly, and whatever is sent ends in 400 at worst."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest

from api.parsing import parse_json


def test_fractions_stay_exact():
    """A coordinate is not read through a float."""
    assert {"lat": Decimal("48.85660000000000001")} == parse_json(
        b'{"lat": 48.85660000000000001}'
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1E+999999999999999999999}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_json_is_refused(body: bytes):
    """Broken, ambiguous, endless and non-standard bodies are bad requests."""
    with pytest.raises(BadRequest):
        parse_json(body)


def test_a_refusal_quotes_at_most_a_line():
    """The message about a huge body is not huge."""
    with pytest.raises(BadRequest) as caught:
        parse_json(b'{"' + b"x" * 10_000)

    assert len(caught.value.description or "") <= 200


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf{}")
@example(b"1e-999999999999999999999")
def test_any_bytes_are_json_or_a_bad_request(body: bytes):
    """Nothing but BadRequest leaves the parser."""
    with suppress(BadRequest):
        parse_json(body)
