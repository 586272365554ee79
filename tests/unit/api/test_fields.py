"""What the API reads strictly and writes exactly."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from airq_cron.domain.page import decode_cursor, encode_cursor
from airq_cron.domain.pollutant import display
from api.fields import (
    Concentration,
    Count,
    Cursor,
    Degrees,
    Flag,
    Instant,
    Micros,
    Moment,
    Ratio,
    Text,
    number_of,
    parse_date,
    parse_instant,
)


class Everything(Schema):
    """Each field once."""

    at = Instant()
    moment = Moment()
    flag = Flag()
    count = Count()
    text = Text()
    degrees = Degrees()
    value = Concentration()
    micros = Micros()
    ratio = Ratio()
    cursor = Cursor("instant", "text")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-10-25T00:30:00Z", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25t00:30:00z", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30:00+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (
            "2026-10-25T00:30:00.250Z",
            datetime(2026, 10, 25, 0, 30, 0, 250000, tzinfo=UTC),
        ),
    ],
)
def test_an_instant_is_read_in_rfc_3339(text: str, instant: datetime):
    """Every offset is understood and turned into UTC."""
    assert instant == parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-10-25",
        "2026-10-25T00:30:00",
        "2026-10-25 00:30:00Z",
        "2026-10-25T24:30:00Z",
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-10-25T00:30:00+99:99",
        "\uff12\uff10\uff12\uff16-10-25T00:30:00Z",
        "2026-10-25T00:30:00Z\n",
    ],
)
def test_what_is_no_instant_is_refused(text: str):
    """Local times, impossible dates and far years are errors, never guesses."""
    with pytest.raises(ValidationError):
        parse_instant(text)


@pytest.mark.parametrize("text", ["2026-13-01", "26-1-1", "2026-10-25T", "1969-12-31"])
def test_what_is_no_day_is_refused(text: str):
    """A day is four, two and two digits, and exists."""
    with pytest.raises(ValidationError):
        parse_date(text)


def test_an_instant_is_written_in_utc_without_needless_digits():
    """Whole seconds have no fraction, others only the digits they need."""
    dumped = Everything().dump(
        {"at": datetime(2026, 10, 25, 0, 30, 0, 500000, tzinfo=UTC)}
    )

    assert {"at": "2026-10-25T00:30:00.5Z"} == dumped


def test_a_moment_is_an_instant_or_a_day():
    """Ten characters are a day, everything else an instant."""
    load = Everything().load

    assert {"moment": date(2026, 10, 25)} == load({"moment": "2026-10-25"})
    assert {"moment": datetime(2026, 10, 25, tzinfo=UTC)} == load(
        {"moment": "2026-10-25T00:00:00Z"}
    )


@pytest.mark.parametrize("value", ["true", 1, 0, "false", [], 1.0])
def test_a_flag_is_only_true_or_false(value: object):
    """What resembles a truth value is refused."""
    with pytest.raises(ValidationError):
        Everything().load({"flag": value})


@pytest.mark.parametrize("value", ["1.5", " 5", "1_000", "\uff15", "1e3", "", "9" * 30])
def test_a_count_is_plain_digits(value: object):
    """Python's other ways to write a number are refused."""
    with pytest.raises(ValidationError):
        Everything().load({"count": value})


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "\ud800", "a\u202eb", 5])
def test_a_text_can_be_printed(value: object):
    """What a database or a terminal cannot hold is refused at the door."""
    with pytest.raises(ValidationError):
        Everything().load({"text": value})


@pytest.mark.parametrize(
    "value",
    [True, "48.8", Decimal("1E-20"), Decimal("1E+400"), Decimal("0E-999999"), None],
)
def test_degrees_are_numbers_of_bounded_length(value: object):
    """A coordinate is a JSON number with at most nine decimals."""
    with pytest.raises(ValidationError):
        Everything().load({"degrees": value})


@given(st.integers(-(10**13), 10**13))
def test_concentrations_are_written_without_float_noise(ten_thousandths: int):
    """The JSON text of a rounded concentration has its digits and no others."""
    value = Decimal(ten_thousandths) / 10_000

    assert value == Decimal(json.dumps(number_of(value)))


def test_concentrations_are_rounded_half_up():
    """The fifth decimal decides, away from zero."""
    schema = Everything()

    assert {"value": 40.4783} == schema.dump({"value": Decimal("931.0009") / 23})
    assert {"value": 0.0001} == schema.dump({"value": Decimal("0.00005")})
    assert {"micros": 9.1} == schema.dump({"micros": 9_100_000})
    assert {"micros": None} == schema.dump({"micros": None})
    assert display(Decimal("-0.00005")) == Decimal("-0.0001")


def test_a_ratio_has_four_decimals():
    """A share is shown as a short number; unknown stays null."""
    assert {"ratio": 0.6667} == Everything().dump({"ratio": 2 / 3})
    assert {"ratio": None} == Everything().dump({"ratio": None})


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_cursor_gives_back_what_it_holds(parts: list[str]):
    """Encoding and decoding are inverse for every text."""
    assert tuple(parts) == decode_cursor(encode_cursor(tuple(parts)))


@given(st.text(max_size=60))
def test_a_forged_cursor_is_an_error_of_the_field(text: str):
    """Whatever is sent as a cursor, reading it ends well or in a message."""
    assert {"cursor"} >= set(Everything().validate({"cursor": text}))


@pytest.mark.parametrize(
    "place",
    [
        ("2026-10-25T00:00:00+00:00",),
        ("later", "x"),
        ("x", "y", "z"),
        ("2026-10-25T00:00:00+00:00", "a\x00"),
    ],
)
def test_a_cursor_of_another_list_is_refused(place: tuple[str, ...]):
    """The number of parts and the instant in it must fit the list."""
    with pytest.raises(ValidationError):
        Everything().load({"cursor": encode_cursor(place)})
