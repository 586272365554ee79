"""The checks a value and a location pass at the door."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.measurement import (
    HIGHEST_STORED,
    LOWEST,
    SENTINELS,
    Location,
    Measurement,
    Origin,
    Quality,
    Reading,
    check_location,
    check_reading,
    refusal,
)
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import InvalidError

HOUR = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 13, 5, tzinfo=UTC)
PARIS = Location(
    "paris", "Paris", Decimal("48.8566"), Decimal("2.3522"), "Europe/Paris"
)


def check(
    value: str | None, pollutant: Pollutant = Pollutant.PM2_5
) -> Measurement | str:
    reading = Reading(
        pollutant, HOUR, None if value is None else Decimal(value), Unit.UG_M3
    )
    return check_reading(
        reading,
        provider="open-meteo",
        location="paris",
        origin=Origin.MODELLED,
        fetched_at=LATER,
    )


def quality_of(value: str, pollutant: Pollutant = Pollutant.PM2_5) -> Quality:
    found = check(value, pollutant)
    assert isinstance(found, Measurement)
    return found.quality


def test_a_good_reading_becomes_a_measurement() -> None:
    """Nothing of it is lost, and who said it and when stands beside it."""
    expected = Measurement(
        provider="open-meteo",
        location="paris",
        pollutant=Pollutant.PM2_5,
        valid_from=HOUR,
        micros=12_345_678,
        unit=Unit.UG_M3,
        origin=Origin.MODELLED,
        fetched_at=LATER,
    )

    assert expected == check("12.345678")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "missing"),
        ("nan", "not a number"),
        ("-inf", "not a number"),
        ("sNaN", "not a number"),
        ("-999", "sentinel"),
        ("-999.0", "sentinel"),
        ("9.999", "sentinel"),
        ("-10.000001", "below -10"),
        ("1000000000.1", "above 1e9"),
        ("1e999999", "above 1e9"),
    ],
)
def test_what_is_no_concentration_is_refused_with_a_reason(
    value: str | None, reason: str
) -> None:
    """The reason is a fixed phrase, so that refusals can be counted."""
    assert reason == check(value)


@pytest.mark.parametrize("value", ["1800", "-998.999", "0", "-10", "9.9990001"])
def test_what_merely_looks_odd_is_judged_by_its_number_alone(value: str) -> None:
    """Smoke episodes are real, and only the exact sentinel is one."""
    expected = "below -10" if Decimal(value) < LOWEST else None

    assert expected == refusal(Decimal(value))


@given(
    st.decimals(LOWEST, HIGHEST_STORED, allow_nan=False, allow_infinity=False, places=4)
)
def test_every_value_in_range_but_a_sentinel_is_stored(value: Decimal) -> None:
    """Size alone never refuses a value."""
    assert (value in SENTINELS) == isinstance(check(str(value)), str)


@pytest.mark.parametrize(
    ("value", "quality"),
    [
        ("12.5", Quality.NONE),
        ("0", Quality.NONE),
        ("-0.3", Quality.NEGATIVE),
        ("5000", Quality.NONE),
        ("5000.1", Quality.EXTREME),
        ("1.2345678", Quality.ROUNDED),
        ("-1.2345678", Quality.NEGATIVE | Quality.ROUNDED),
    ],
)
def test_what_a_reader_should_know_is_flagged(value: str, quality: Quality) -> None:
    """The value is kept, and the flag says what is special."""
    assert quality == quality_of(value)


def test_only_particles_can_be_extreme() -> None:
    """10,000 µg/m³ of carbon monoxide is a usual value."""
    assert Quality.NONE == quality_of("10000", Pollutant.CO)


def test_a_possible_location_is_returned_unchanged() -> None:
    """The check gives the same object, so that it can be put into a chain."""
    assert PARIS is check_location(PARIS)


@pytest.mark.parametrize("id", ["a", "7", "paris-13e", "a" * 64])
def test_an_id_of_small_letters_digits_and_inner_hyphens_is_possible(id: str) -> None:  # noqa: A002
    """It is part of addresses."""
    assert id == check_location(replace(PARIS, id=id)).id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", "Paris"),
        ("id", "-paris"),
        ("id", "paris-"),
        ("id", "a" * 65),
        ("id", "par/is"),
        ("id", "paris\n"),
        ("id", "größe"),
        ("name", ""),
        ("name", "  "),
        ("name", "x" * 201),
        ("name", "Par\x00is"),
        ("name", "Par\nis"),
        ("lat", Decimal("90.1")),
        ("lat", Decimal("-91")),
        ("lat", Decimal("nan")),
        ("lon", Decimal("180.0001")),
        ("lon", Decimal("inf")),
        ("providers", ("openaq", "openaq")),
    ],
)
def test_an_impossible_field_is_refused_by_its_name(field: str, value: object) -> None:
    """Whoever sent it learns which one to mend."""
    with pytest.raises(InvalidError) as caught:
        check_location(replace(PARIS, **{field: value}))  # type: ignore[arg-type]

    assert field == caught.value.field


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("-0.999", Unit.PPM, "sentinel"),
        ("-0.9990", Unit.MG_M3, "sentinel"),
        ("-9.999", Unit.PPM, "sentinel"),
        ("-0.999", Unit.UG_M3, None),
        ("-0.998", Unit.PPM, None),
    ],
)
def test_a_sentinel_is_known_after_its_unit_was_changed(
    value: str, unit: Unit, expected: str | None
) -> None:
    """-999 of a thousandth is -0.999, and of no other unit."""
    found = check_reading(
        Reading(Pollutant.O3, HOUR, Decimal(value), unit),
        provider="openaq",
        location="paris",
        origin=Origin.MEASURED,
        fetched_at=LATER,
    )

    assert expected == (found if isinstance(found, str) else None)
