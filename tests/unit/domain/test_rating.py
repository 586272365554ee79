"""Which indices hours and days have."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from airq_cron.domain.daily import DailyStatistic, DayStatus
from airq_cron.domain.hourly import HourlyAggregate, aggregate_hour
from airq_cron.domain.measurement import Measurement, Origin
from airq_cron.domain.period import HOUR
from airq_cron.domain.pollutant import Pollutant, Unit, to_micros
from airq_cron.domain.rating import (
    MainIndex,
    Ratings,
    main_index,
    rate_day,
    rate_hour,
    rate_present,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PM2_5, O3, NO2, SO2, CO = (
    Pollutant.PM2_5,
    Pollutant.O3,
    Pollutant.NO2,
    Pollutant.SO2,
    Pollutant.CO,
)
UG, MG, PPB = Unit.UG_M3, Unit.MG_M3, Unit.PPB


def hour(
    value: str, *, age: int = 0, pollutant: Pollutant = PM2_5, unit: Unit = UG
) -> HourlyAggregate:
    """Give the figures of the hour that began *age* hours before noon."""
    at = NOON - age * HOUR
    row = Measurement(
        provider="airparif",
        location="paris",
        pollutant=pollutant,
        valid_from=at,
        micros=to_micros(Decimal(value))[0],
        unit=unit,
        origin=Origin.MEASURED,
        fetched_at=NOON,
    )
    return aggregate_hour(at, [row])


def hours(
    text: str, pollutant: Pollutant = PM2_5, unit: Unit = UG
) -> list[HourlyAggregate]:
    """Give the hours written in *text*, newest first; a hyphen is a missing one."""
    return [
        hour(value, age=age, pollutant=pollutant, unit=unit)
        for age, value in enumerate(text.split())
        if value != "-"
    ]


def told(ratings: Ratings) -> dict[str, tuple[int | None, str]]:
    """Give index and averaging of each scheme."""
    return {name: (one.index.index, one.averaging) for name, one in ratings.items()}


def day(
    pollutant: Pollutant = PM2_5,
    *,
    mean: str = "96.5417",
    highest: str = "130",
    valid: int = 24,
    unit: Unit = UG,
    eight: str | None = None,
) -> DailyStatistic:
    """Give a day with these figures; *eight* is the highest 8-hour mean."""
    micros = to_micros(Decimal(mean))[0]
    return DailyStatistic(
        location="paris",
        provider="airparif",
        pollutant=pollutant,
        day=date(2014, 3, 14),
        zone="Europe/Paris",
        unit=unit,
        origin=Origin.MEASURED,
        hours_valid=valid,
        hours_expected=24,
        sum_micros=micros * valid,
        min_micros=0,
        max_micros=to_micros(Decimal(highest))[0],
        max_hour=NOON,
        status=DayStatus.FINAL,
        mda8_us_micros=None if eight is None else to_micros(Decimal(eight))[0],
    )


@pytest.mark.parametrize(
    ("pollutant", "value", "unit", "expected"),
    [
        (PM2_5, "72.9", UG, {"eaqi-2024": (4, "1h")}),
        (PM2_5, "0.0729", MG, {"eaqi-2024": (4, "1h")}),
        (PM2_5, "-4.9", UG, {"eaqi-2024": (1, "1h")}),
        (O3, "30.1", PPB, {"eaqi-2024": (2, "1h")}),
        (CO, "500", UG, {}),
        (PM2_5, "5", PPB, {}),
    ],
)
def test_an_hour_has_the_european_index(
    pollutant: Pollutant, value: str, unit: Unit, expected: dict[str, object]
) -> None:
    """Where the scheme has a table and the unit says something."""
    assert expected == told(rate_hour(hour(value, pollutant=pollutant, unit=unit)))


def test_the_present_of_particles_is_nowcast() -> None:
    """EPA's own example, whatever the order of the hours; its hour beside it."""
    given = hours("13 16 10 21 74 64 53 82 90 75 80 50 900 900")
    expected = {"eaqi-2024": (2, "1h"), "us-epa-2024": (66, "nowcast")}

    assert expected == told(rate_present(given))
    assert expected == told(rate_present(given[::-1]))


def test_the_present_of_particles_needs_two_of_three_hours() -> None:
    """Else only the hour itself is told."""
    assert {"eaqi-2024": (2, "1h")} == told(rate_present(hours("10 - - 5 5 5")))


@pytest.mark.parametrize(
    ("pollutant", "text", "unit", "expected"),
    [
        # 0.07 ppm over 8 hours; 0.1 ppm of one hour says nothing.
        (O3, "70 70 70 70 70 70 70 70", PPB, (100, "8h")),
        (O3, "70 70 70 70 70 70 - -", PPB, (100, "8h")),
        (O3, "70 70 70 70 70 - - -", PPB, None),
        (O3, "164 0 0 0 0 0 0 0", PPB, (150, "1h")),
        (O3, "164 - - - - - - -", PPB, (150, "1h")),
        (O3, "500 500 500 500 500 500 500 500", PPB, (396, "1h")),
        (CO, "1.145 1.145 1.145 1.145 1.145 1.145", MG, (11, "8h")),
        (CO, "1.145 1.145", MG, None),
        (NO2, "101.52 0 0", UG, (51, "1h")),
        (SO2, "304 0 0", PPB, (200, "1h")),
        (SO2, " ".join(["305"] * 18), PPB, (201, "24h")),
        (SO2, " ".join(["305"] * 17), PPB, (200, "1h")),
    ],
)
def test_the_present_of_gases_is_the_highest_of_their_tables(
    pollutant: Pollutant,
    text: str,
    unit: Unit,
    expected: tuple[int, str] | None,
) -> None:
    """Means of 8 and 24 hours need 75 % of them; each says what it is."""
    found = told(rate_present(hours(text, pollutant, unit)))

    assert expected == found.get("us-epa-2024")


def test_hours_in_another_unit_are_not_mixed_in() -> None:
    """A station that changed its unit begins anew."""
    old = [hour("0.07", age=age, pollutant=O3, unit=Unit.PPM) for age in range(1, 9)]
    new = [hour("140", pollutant=O3)]

    assert {"eaqi-2024": (4, "1h")} == told(rate_present([*old, *new]))


def test_particles_by_volume_have_no_index() -> None:
    """There is no such thing, so nothing is said."""
    assert {} == rate_present(hours("5 5 5", unit=PPB))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (day(), (180, "24h")),
        (day(mean="40.4783"), (113, "24h")),
        (day(mean="7.2"), (40, "24h")),
        (day(mean="0.0072", unit=MG), (40, "24h")),
        (day(NO2, highest="101.52"), (51, "1h")),
        (day(O3, highest="245"), (101, "1h")),
        (day(O3, highest="244"), None),
        (day(O3, highest="244", eight="137.2", valid=17), None),
        (day(O3, highest="323.4", eight="137.2"), (151, "1h")),
        (day(SO2, mean="100", highest="400", unit=PPB), (200, "1h")),
        (day(SO2, mean="305", highest="400", unit=PPB), (201, "24h")),
        (day(valid=17), None),
        (day(valid=0), None),
        (day(valid=18), (180, "24h")),
    ],
)
def test_a_day_has_the_american_index(
    row: DailyStatistic, expected: tuple[int, str] | None
) -> None:
    """Of the highest of its tables, when 75 % of its hours are there."""
    assert expected == told(rate_day(row)).get("us-epa-2024")


def test_the_main_pollutant_has_the_highest_index() -> None:
    """Without any index all of it is unknown."""
    rated = {PM2_5: rate_day(day()), NO2: rate_day(day(NO2)), O3: {}}

    assert MainIndex(180, "Unhealthy", PM2_5) == main_index("us-epa-2024", rated)
    assert MainIndex(None, None, None) == main_index("eaqi-2024", rated)


@pytest.mark.parametrize(
    ("pollutant", "eight", "unit", "expected"),
    [
        (O3, "70", PPB, (100, "8h")),
        # 139.16 ug/m3 are 0.071 ppm at 25 degrees; a millionth less is cut to 0.070.
        (O3, "139.16", UG, (101, "8h")),
        (O3, "139.159999", UG, (100, "8h")),
        (O3, None, PPB, None),
        (CO, "9.4", Unit.PPM, (100, "8h")),
    ],
)
def test_a_day_of_ozone_has_the_index_of_its_highest_8_hours(
    pollutant: Pollutant,
    eight: str | None,
    unit: Unit,
    expected: tuple[int, str] | None,
) -> None:
    """By American rules; without that mean there is none."""
    found = told(rate_day(day(pollutant, highest="1", unit=unit, eight=eight)))

    assert ({"us-epa-2024": expected} if expected else {}) == found
