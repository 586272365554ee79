"""One line of a CSV form: cells, numbers, hours."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from airq_cron.domain.pollutant import Unit
from airq_cron.providers.csv_line import (
    BAD_CSV,
    BAD_NUMBER,
    BAD_UTF8,
    LONGEST_LINE,
    NUL_BYTE,
    TOO_LONG,
    cell_unit,
    midnight,
    parse_number,
    shift,
    split_line,
)


@pytest.mark.parametrize(
    ("raw", "cells"),
    [
        (b"a;b;c\n", ["a", "b", "c"]),
        (b"a;b;c\r\n", ["a", "b", "c"]),
        (b"a;;", ["a", "", ""]),
        (b'"a";"b;c"\n', ["a", "b;c"]),
        (b'"a ""b""";c\n', ['a "b"', "c"]),
        ("µg/m³;\n".encode(), ["µg/m³", ""]),
        (b"\n", []),
        (b"\r\n", []),
        (b"", []),
    ],
)
def test_line_becomes_cells(raw: bytes, cells: list[str]) -> None:
    """A line is split by the rules of CSV and loses its end."""

    assert cells == split_line(raw, ";")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"a;\0;c\n", NUL_BYTE),
        (b"\xb5g/m3;7\n", BAD_UTF8),
        (b'"a;b;c\n', BAD_CSV),
        (b'a;b;"c\n', BAD_CSV),
        (b'"a"x;b;c\n', BAD_CSV),
        (b"a;b\rc;d\n", BAD_CSV),
        (b"a" * (LONGEST_LINE + 1), TOO_LONG),
    ],
)
def test_damaged_line_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    """Damage of a line is a reason, never an error."""

    assert reason == split_line(raw, ";")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", Decimal(7)),
        ("0.2142", Decimal("0.2142")),
        ("-4.9", Decimal("-4.9")),
        (" 12 ", Decimal(12)),
        ("1e+05", Decimal(100_000)),
        ("1E-3", Decimal("0.001")),
        ("-999", Decimal(-999)),
        ("", None),
        ("NA", None),
        ("n/d", None),
    ],
)
def test_number_is_exact_or_missing(text: str, value: Decimal | None) -> None:
    """A number keeps the digits of the text; the three marks mean missing."""

    assert value == parse_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "7,5", "1 000", "1_000", "nan", "NaN", "inf", "-Infinity", "0x10", "\u0667",
        "\uff17", "+5", ".5", "5.", "--5", "1e999", "null", "-", "9" * 16, "7\t",
        "na", "N/D",
    ],
)  # fmt: skip
def test_anything_else_is_not_a_number(text: str) -> None:
    """What Python would take for a number but no form writes is refused."""

    assert BAD_NUMBER == parse_number(text)


def test_number_never_becomes_a_float() -> None:
    """A tenth stays a tenth."""
    value = parse_number("0.1")

    assert "0.1" == str(value)


@pytest.mark.parametrize("text", ["µg/m³", "μg/m³", "microg/m3", "ug/m3"])
def test_spellings_of_the_same_unit_agree(text: str) -> None:
    """Both micro signs and the spelling of Airparif name one unit."""

    assert Unit.UG_M3 == cell_unit(text)


def test_day_begins_at_midnight() -> None:
    """A day is 00:00 UTC, whether or not its parts are padded."""
    leap_day = datetime(2016, 2, 29, tzinfo=UTC)

    assert leap_day == midnight("2016", "2", "29")
    assert leap_day == midnight("2016", "02", "29")


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        ("2015", "2", "29"),
        ("2015", "13", "1"),
        ("2015", "0", "1"),
        ("0", "1", "1"),
        ("20150", "1", "1"),
        ("2015", "-1", "1"),
        ("2015", "1.0", "1"),
        ("٢٠١٥", "1", "1"),
        ("2015", " 1", "1"),
        ("2015", "", "1"),
    ],
)
def test_day_that_never_was_is_none(year: str, month: str, day: str) -> None:
    """Impossible days and signs that are no digits give no day."""

    assert midnight(year, month, day) is None


def test_shift_stops_at_the_end_of_the_calendar() -> None:
    """An hour before the year 1 or after 9999 does not exist."""
    first = datetime(1, 1, 1, tzinfo=UTC)
    last = datetime(9999, 12, 31, 23, tzinfo=UTC)

    assert datetime(1, 1, 1, 1, tzinfo=UTC) == shift(first, timedelta(hours=1))
    assert shift(first, -timedelta(hours=1)) is None
    assert shift(last, timedelta(hours=1)) is None
