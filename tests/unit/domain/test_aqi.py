"""Indices: the vectors people can check, and the rules at the ends."""

from decimal import Decimal

import pytest

from airq_cron.domain.aqi import Averaging, Index, compute_index, worst
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import InvalidError

# Value and index of each table, in its own unit. For 0.162 ppm the agency prints 148,
# but its own equation gives 147.
US = {
    ("o3", "8h", "ppm"): "0.07853333 126, .072 105, .153 251, .200 300, .2009 300, "
    ".201 -, .5 -, 0 0, -0.01 0",
    ("o3", "1h", "ppm"): "0.162 147, 0.104 -, .1249 -, .125 101, .7 596, 0 -, -1 -",
    ("co", "8h", "ppm"): "8.4 90, 1.1 13, 3.3 38, 60 596",
    ("pm2_5", "24h", "ug/m3"): "35.9 102, 0 0, 9.0 50, 9.05 50, 9.1 51, 12.0 56, "
    "35.4 100, 35.49 100, 35.5 101, 55.4 150, 55.5 151, 125.4 200, 150.4 226, "
    "225.4 300, 225.5 301, 250.4 351, 325.4 500, 326 501, 350.4 550, 400 649, "
    "500.4 849, 1847 3531, -4.9 0",
    ("pm10", "24h", "ug/m3"): "54.9 50, 154.99 100, 604 500, 605 501, 700 607",
    ("no2", "1h", "ppb"): "77 76, 505 176, 2300 563",
    ("so2", "1h", "ppb"): "245 176, 304 200, 304.9 200, 305 200, 5000 200, -2 0",
    ("so2", "24h", "ppb"): "700 348, 304.99 -, 305 201, 0 -",
}
# Value, level and Open-Meteo's number.
EUROPE = {
    "no2": "17.5 2 30, 10 1 20, 10.01 2 20, 175 6 110, -1 1 0",
    "o3": "110 3 50, 190 6 110, 58 1 19, 116 3 56",
    "pm2_5": "10 2 30, 115 5 90, 72.9 4 71, 8.8 2 28, 140 5 100, 140.001 6 100",
    "pm10": "82.5 3 50, 97.8 3 54, 11.9 1 16",
    "so2": "0 1 0, 20 1 20, 275 5 100, 300 6 106",
}


def vectors(tables):
    """Give each case of *tables* as its own words."""
    return [
        (key, *case.split()) for key, text in tables.items() for case in text.split(",")
    ]


@pytest.mark.parametrize(("table", "value", "index"), vectors(US))
def test_the_american_index_is_the_agencys(table, value: str, index: str) -> None:
    """Truncated, on the line, rounded half up; a hyphen has no index."""
    pollutant, averaging, unit = table
    expected = None if index == "-" else int(index)

    found = compute_index(
        "us-epa-2024",
        Pollutant(pollutant),
        Averaging(averaging),
        Decimal(value),
        Unit(unit),
    )

    assert expected == found.index
    assert (expected is None) == (found.category is None)


@pytest.mark.parametrize(("pollutant", "value", "level", "scaled"), vectors(EUROPE))
def test_the_european_index_is_the_level_of_the_band(
    pollutant: str, value: str, level: str, scaled: str
) -> None:
    """With Open-Meteo's number beside it; upper bounds are in their band."""
    found = compute_index(
        "eaqi-2024", Pollutant(pollutant), Averaging.H1, Decimal(value), Unit.UG_M3
    )

    assert (int(level), Decimal(scaled)) == (found.index, found.scaled)


@pytest.mark.parametrize(
    ("scheme", "averaging", "pollutant", "value", "level", "scaled"),
    [
        ("eaqi-2019", Averaging.H1, Pollutant.O3, "116", 3, 51),
        ("eaqi-2019", Averaging.H24, Pollutant.PM2_5, "75.1", 6, 100),
        ("eaqi-2019", Averaging.H24, Pollutant.PM2_5, "1847", 6, 1518),
        ("eaqi-2017", Averaging.H24, Pollutant.PM10, "36", 3, 41),
        ("eaqi-2017", Averaging.H24, Pollutant.PM2_5, "801", 5, 100),
    ],
)
def test_older_generations_are_kept(
    scheme: str,
    averaging: Averaging,
    pollutant: Pollutant,
    value: str,
    level: int,
    scaled: int,
) -> None:
    """What was said in their time can be computed again; nothing is an error."""
    found = compute_index(scheme, pollutant, averaging, Decimal(value), Unit.UG_M3)

    assert (level, Decimal(scaled)) == (found.index, found.scaled)


@pytest.mark.parametrize(
    ("scheme", "pollutant", "averaging", "value", "unit", "index"),
    [
        ("us-epa-2024", Pollutant.O3, Averaging.H1, "245", Unit.UG_M3, 101),
        ("us-epa-2024", Pollutant.O3, Averaging.H1, "244.9999", Unit.UG_M3, None),
        ("us-epa-2024", Pollutant.NO2, Averaging.H1, "101.52", Unit.UG_M3, 51),
        ("us-epa-2024", Pollutant.CO, Averaging.H8, "1145", Unit.UG_M3, 11),
        ("us-epa-2024", Pollutant.CO, Averaging.H8, "1.145", Unit.MG_M3, 11),
        ("us-epa-2024", Pollutant.PM2_5, Averaging.H24, "0.0091", Unit.MG_M3, 51),
        ("eaqi-2024", Pollutant.SO2, Averaging.H1, "50", Unit.PPB, 4),
        ("eaqi-2024", Pollutant.O3, Averaging.H1, "0.03", Unit.PPM, 1),
    ],
)
def test_other_units_are_converted_at_the_schemes_temperature(
    scheme: str,
    pollutant: Pollutant,
    averaging: Averaging,
    value: str,
    unit: Unit,
    index: int | None,
) -> None:
    """25 C for the American index, 20 C for the European one; before truncating."""
    found = compute_index(scheme, pollutant, averaging, Decimal(value), unit)

    assert index == found.index


@pytest.mark.parametrize(
    ("scheme", "pollutant", "averaging", "value", "unit", "field"),
    [
        ("us-epa-2012", "pm2_5", "24h", "1", "ug/m3", "scheme"),
        ("eaqi-2024", "co", "1h", "1", "ug/m3", "pollutant"),
        ("eaqi-2024", "pm2_5", "24h", "1", "ug/m3", "averaging"),
        ("us-epa-2024", "pm2_5", "1h", "1", "ug/m3", "averaging"),
        ("us-epa-2024", "pm2_5", "24h", "1", "ppb", "unit"),
        ("us-epa-2024", "pm10", "24h", "1", "ppm", "unit"),
        ("us-epa-2024", "pm2_5", "24h", "NaN", "ug/m3", "value"),
        ("us-epa-2024", "pm2_5", "24h", "-Infinity", "ug/m3", "value"),
        ("us-epa-2024", "pm2_5", "24h", "1e10", "ug/m3", "value"),
        ("us-epa-2024", "pm2_5", "24h", "1e-999999", "ug/m3", "value"),
    ],
)
def test_what_has_no_index_is_refused_by_name(
    scheme: str, pollutant: str, averaging: str, value: str, unit: str, field: str
) -> None:
    """Nothing is guessed, and the caller learns which word was wrong."""
    with pytest.raises(InvalidError) as caught:
        compute_index(
            scheme,
            Pollutant(pollutant),
            Averaging(averaging),
            Decimal(value),
            Unit(unit),
        )

    assert field == caught.value.field


def test_an_index_brings_its_words() -> None:
    """Category and colour are the agency's, the advice is ours."""
    found = compute_index(
        "us-epa-2024", Pollutant.PM2_5, Averaging.H24, Decimal(400), Unit.UG_M3
    )

    assert ("Hazardous", "#7E0023") == (found.category, found.color)
    assert (found.advice or "").endswith(".")


def of(index: int | None, scaled: int | None = None) -> Index:
    """Give an index of this number."""
    number = None if scaled is None else Decimal(scaled)
    return Index("any", index, None, None, None, number)


def test_the_worst_pollutant_is_the_main_one() -> None:
    """By index, then by the finer number, then by the order of the pollutants."""
    o3, pm10, no2 = Pollutant.O3, Pollutant.PM10, Pollutant.NO2

    assert (o3, of(3)) == worst({pm10: of(2), o3: of(3), no2: of(None)})
    assert (o3, of(2, 39)) == worst({pm10: of(2, 21), o3: of(2, 39)})
    assert (pm10, of(2)) == worst({no2: of(2), pm10: of(2)})


def test_nothing_is_the_worst_of_nothing() -> None:
    """Without a value there is no main pollutant."""
    assert worst({}) is None
    assert worst({Pollutant.O3: of(None)}) is None
