"""Queries as Open-Meteo takes them, and refusals in its words."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.errors import InvalidError
from airq_cron.sandbox.question import Question, parse_question

NOW_S = int(datetime(2026, 10, 8, 22, 34, 56, tzinfo=UTC).timestamp())
TODAY_S = int(datetime(2026, 10, 8, tzinfo=UTC).timestamp())
BOTH = "Parameter 'latitude' and 'longitude'"
EXCLUSIVE = "mutually exclusive with 'start_date' and 'end_date'"
PLACE = "latitude=48.85&longitude=2.35"


def ask(query: str) -> Question:
    """Parse *query* after a place."""
    return parse_question(f"{PLACE}&{query}", NOW_S)


def reason(query: str) -> str:
    """Return why *query* is refused."""
    with pytest.raises(InvalidError) as caught:
        parse_question(query, NOW_S)
    return caught.value.reason


def test_places_are_paired() -> None:
    """Comma-separated and repeated coordinates belong together by position."""
    once = parse_question("latitude=1,2.5&longitude=-3,4", NOW_S)
    repeated = parse_question("latitude=1&longitude=-3&latitude=2.5&longitude=4", NOW_S)

    assert ((1.0, -3.0), (2.5, 4.0)) == once.places == repeated.places


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "latitude=999&longitude=2",
            "Latitude must be in range of -90 to 90\u00b0. Given: 999.0.",
        ),
        (
            "latitude=1&longitude=-181.5",
            "Longitude must be in range of -180 to 180\u00b0. Given: -181.5.",
        ),
        (
            "latitude=1,2&longitude=3",
            f"{BOTH} must have the same number of elements",
        ),
        ("", f"{BOTH} must not be empty"),
        (
            f"{PLACE}&past_days=93",
            "Past days is invalid. Allowed range 0 to 92. Given 93.",
        ),
        (
            f"{PLACE}&forecast_days=-1",
            "Forecast days is invalid. Allowed range 0 to 7. Given -1.",
        ),
        (f"{PLACE}&timezone=Mars/Base", "Invalid timezone"),
        (
            f"{PLACE}&start_date=2026-10-01",
            "Both 'start_date' and 'end_date' must be set in the url",
        ),
        (
            f"{PLACE}&start_date=2026-10-02&end_date=2026-10-01",
            "End-date must be larger or equals than start-date",
        ),
        (
            f"{PLACE}&start_date=2026-10-01&end_date=2026-10-01&past_days=1",
            f"Parameter 'past_days' is {EXCLUSIVE}",
        ),
        (
            f"{PLACE}&start_date=today&end_date=today",
            "Invalid date format. Make sure to use 'YYYY-MM-DD'",
        ),
    ],
)
def test_refusals_are_worded_as_upstream(query: str, expected: str) -> None:
    """What is impossible is refused in the real server's words."""
    assert expected == reason(query)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        (f"{PLACE}&hourly=pm2_5,banana_2m", "banana_2m"),
        (f"{PLACE}&current=banana", "banana"),
        ("latitude=north&longitude=2", "north"),
        (f"{PLACE}&past_days=many", "many"),
        (f"{PLACE}&timeformat=stardate", "stardate"),
    ],
)
def test_unknown_values_are_named(query: str, value: str) -> None:
    """A value that cannot be read is quoted."""
    assert reason(query).startswith("Data corrupted at path ''. Cannot initialize ")
    assert reason(query).endswith(f" from invalid String value {value}.")


@pytest.mark.parametrize(
    ("query", "begin", "hours"),
    [
        ("", 0, 120),
        ("past_days=1&forecast_days=1", -24, 48),
        ("past_days=1&forecast_days=0", -24, 24),
        ("past_days=92&forecast_days=7", -92 * 24, 99 * 24),
        ("past_days=2", -48, 168),
        ("past_hours=3&forecast_hours=1", 19, 4),
        ("past_hours=6", 16, 6 + 168),
        ("forecast_hours=12", 22, 12),
        ("start_date=2026-10-01&end_date=2026-10-02", -7 * 24, 48),
        ("start_hour=2026-10-08T03:00&end_hour=2026-10-08T05:00", 3, 3),
    ],
)
def test_span_follows_the_parameters(query: str, begin: int, hours: int) -> None:
    """Days begin at midnight, hours at the present one, dates where they say."""
    question = ask(query)

    assert (TODAY_S + begin * 3600, hours) == (question.begin_s, question.hours)


@pytest.mark.parametrize(
    ("zone", "name", "offset", "day"),
    [
        ("UTC", "UTC", 0, 0),
        ("GMT", "GMT", 0, 0),
        ("auto", "GMT", 0, 0),
        ("Asia/Karachi", "Asia/Karachi", 5 * 3600, 1),
        ("Europe/Prague", "Europe/Prague", 2 * 3600, 1),
        ("America/New_York", "America/New_York", -4 * 3600, 0),
        ("Asia/Kolkata", "Asia/Kolkata", 19_800, 1),
    ],
)
def test_day_is_that_of_the_zone(zone: str, name: str, offset: int, day: int) -> None:
    """At 22:34 UTC it is tomorrow already east of Europe."""
    question = ask(f"timezone={zone}")

    assert (name, offset) == (question.timezone, question.offset_s)
    assert TODAY_S + day * 86_400 == question.begin_s


def test_names_and_form_are_kept() -> None:
    """Variables come in the order asked, times in the form asked."""
    question = ask("hourly=pm10,us_aqi&hourly=ozone&current=pm2_5&timeformat=unixtime")

    assert ("pm10", "us_aqi", "ozone") == question.hourly
    assert ("pm2_5",) == question.current
    assert question.unixtime


def hours_or_reason(query: str) -> int | str:
    """Return how many hours *query* asks for, or why it is refused."""
    try:
        return parse_question(query, NOW_S).hours
    except InvalidError as error:
        return error.reason


@given(query=st.text(max_size=80))
def test_any_query_is_answered_or_refused(query: str) -> None:
    """No text after the question mark breaks the sandbox."""
    assert isinstance(hours_or_reason(query), (int, str))


NAMES = (
    "past_days forecast_days past_hours forecast_hours start_date end_date "
    "start_hour end_hour timezone timeformat hourly"
)
VALUES = (
    "0 1 92 -1 999999999999999999999999 2026-10-01 2026-10-01T05:00 x pm10 UTC "
    "Europe/Paris 0001-01-01 9999-12-31 9999-12-31T23:00 nan"
)


@given(
    st.dictionaries(
        st.sampled_from(NAMES.split()), st.sampled_from(["", *VALUES.split()])
    )
)
def test_any_parameters_are_answered_or_refused(chosen: dict[str, str]) -> None:
    """Known parameters with odd values give a bounded span or a reason."""
    found = hours_or_reason(f"{PLACE}&{urlencode(chosen)}")

    assert found != ""
    assert isinstance(found, str) or 0 <= found <= 401 * 24
