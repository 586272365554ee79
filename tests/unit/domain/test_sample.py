"""What is kept of an answer that nobody could read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.sample import LONGEST, sample_text


@pytest.mark.parametrize(
    "body",
    [
        '{"api_key": "s3cret"}',
        "/v2/nearest_city?lat=1&key=s3cret&lon=2",
        "X-API-Key: s3cret",
        "Authorization: Bearer s3cret",
        "{'token': 's3cret'}",
        "password=s3cret",
        "APIKEY = s3cret",
        "Authorization: Basic s3cret",
        "Set-Cookie: s3cret",
        "see https://api.example/a?lat=1&id=s3cret for it",
        '<a href="http://api.example/#s3cret">',
        "redis://me:s3cret@host/0",
    ],
)
def test_what_looks_like_a_secret_is_not_kept(body: str):
    """In JSON, in addresses and in headers."""
    found = sample_text(body.encode())

    assert "s3cret" not in found
    assert "***" in found


def test_what_surrounds_a_secret_stays():
    """A person must be able to read what was answered."""
    assert '{"key": "***", "error": "bad"}' == sample_text(
        b'{"key": "s3cret", "error": "bad"}'
    )


@given(st.binary(max_size=3 * LONGEST))
def test_any_bytes_become_a_bounded_text(body: bytes):
    """Whatever came over the wire."""
    assert len(sample_text(body)) <= LONGEST
