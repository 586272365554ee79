"""Bodies of IQAir: whatever comes is a city, a message, or malformed."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.pollutant import Pollutant
from airq_cron.errors import MalformedError
from airq_cron.providers.iqair_body import CODES, message_of, read_city

CITY = Path(__file__).parents[2] / "fixtures" / "iqair" / "city.json"
NAMES = ["status", "data", "current", "pollution", "ts", "aqius", "location", "message"]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["success", "fail", "2026-10-03T12:00:00.000Z", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=14,
)


@given(json_values)
def test_any_json_is_read_or_malformed(value: Any) -> None:
    """No other error ever comes out."""
    body = json.dumps(value).encode()
    for read in (message_of, read_city):
        with suppress(MalformedError):
            read(body)


def test_every_truncation_is_malformed() -> None:
    """Whatever byte the line breaks at."""
    whole = CITY.read_bytes().rstrip()

    for end in range(len(whole)):
        with pytest.raises(MalformedError):
            read_city(whole[:end])


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_a_pollutant(code: str) -> None:
    """IQAir has two letters for each of the six."""
    body = CITY.read_text().replace('"mainus": "p2"', f'"mainus": "{code}"')

    assert CODES[code] == read_city(body.encode()).indices["aqius"][1]
    assert {*Pollutant} == {*CODES.values()}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"status":"success","data":{}}', None),
        ('{"status":"fail","data":{"message":"Payment Required"}}', "payment required"),
        ('{"status":"fail"}', ""),
        ('{"status":"fail","data":{"message":7}}', ""),
        ('{"status":"call_limit_reached"}', ""),
    ],
)
def test_a_failure_has_a_message_or_none(body: str, expected: str | None) -> None:
    """Success has None, and a failure without words the empty one."""
    assert expected == message_of(body.encode())
