"""The long form of OpenAQ: hour ending, unit and station in each line."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from airq_cron.domain.measurement import Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.providers.csv_line import (
    BAD_NUMBER,
    BAD_TIME,
    BAD_UNIT,
    UNKNOWN_POLLUTANT,
    WRONG_COLUMNS,
)
from airq_cron.providers.openaq_csv import NOT_FULL_HOUR, NOT_UTC, OpenAqForm

HEADER = ["city", "country", "date.utc", "location", "parameter", "value", "unit"]


@pytest.fixture
def form() -> OpenAqForm:
    """Give the form of the usual header."""
    return OpenAqForm(HEADER)


def cells(
    time: str = "2019-06-21 03:00:00+00:00",
    parameter: str = "no2",
    value: str = "20.0",
    unit: str = "µg/m³",
) -> list[str]:
    """Write one line of the file as cells."""
    return ["Paris", "FR", time, "FR04014", parameter, value, unit]


@pytest.mark.parametrize("unit", ["unit", "unit."])
def test_header_is_recognised_with_both_names_of_the_unit(unit: str) -> None:
    """One of the published files calls its column `unit.`."""

    assert OpenAqForm.recognises([*HEADER[:-1], unit])


def test_other_headers_are_not_recognised() -> None:
    """Each needed column must be there once."""

    assert not OpenAqForm.recognises(HEADER[:-1])
    assert not OpenAqForm.recognises([*HEADER, "unit."])
    assert not OpenAqForm.recognises([*HEADER, "value"])
    assert not OpenAqForm.recognises(["date.local", *HEADER[3:]])
    assert not OpenAqForm.recognises([])


@pytest.mark.parametrize(
    "time",
    [
        "2019-06-21 03:00:00+00:00",
        "2019-06-21T03:00:00Z",
        "2019-06-21T03:00:00.000Z",
    ],
)
def test_value_stands_for_the_hour_that_ends(form: OpenAqForm, time: str) -> None:
    """The label 03:00 holds 02:00 to 02:59, however it is spelt."""
    at = datetime(2019, 6, 21, 2, tzinfo=UTC)

    assert (Reading(Pollutant.NO2, at, Decimal("20.0"), Unit.UG_M3),) == form.read(
        cells(time)
    )


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("2019-06-21 03:00:00", NOT_UTC),
        ("2019-06-21 03:00:00+02:00", NOT_UTC),
        ("2019-06-21 03:15:00+00:00", NOT_FULL_HOUR),
        ("2019-06-21 03:00:01Z", NOT_FULL_HOUR),
        ("2019-06-31 03:00:00Z", BAD_TIME),
        ("2019-06-21 24:00:00Z", BAD_TIME),
        ("2019-06-21 03:60:00Z", BAD_TIME),
        ("0001-01-01 00:00:00Z", BAD_TIME),
        ("20190621T030000Z", BAD_TIME),
        ("2019-06-21", BAD_TIME),
        ("", BAD_TIME),
        ("٢٠١٩-06-21 03:00:00Z", BAD_TIME),
    ],
)
def test_other_times_are_refused(form: OpenAqForm, time: str, reason: str) -> None:
    """Times name UTC, exist, and end a full hour."""

    assert (reason,) == form.read(cells(time))


@pytest.mark.parametrize(
    ("cell", "text", "reason"),
    [
        ("parameter", "bc", UNKNOWN_POLLUTANT),
        ("parameter", "NO2", UNKNOWN_POLLUTANT),
        ("unit", "", BAD_UNIT),
        ("unit", "particles/cm³", BAD_UNIT),
        ("value", "2,5", BAD_NUMBER),
    ],
)
def test_bad_cell_is_refused(
    form: OpenAqForm, cell: str, text: str, reason: str
) -> None:
    """A line with one bad cell is refused for that cell."""

    assert (reason,) == form.read(cells(**{cell: text}))


def test_empty_value_is_missing(form: OpenAqForm) -> None:
    """An empty cell gives a reading without a value."""
    found = form.read(cells(value=""))

    assert isinstance(found[0], Reading)
    assert found[0].value is None


def test_each_line_has_its_own_unit(form: OpenAqForm) -> None:
    """Ozone in ppm stays in ppm."""
    found = form.read(cells(parameter="o3", value="0.043", unit="ppm"))

    assert isinstance(found[0], Reading)
    assert (Pollutant.O3, Unit.PPM) == (found[0].pollutant, found[0].unit)


def test_wrong_number_of_cells_is_refused(form: OpenAqForm) -> None:
    """A shorter or longer line has neither a value nor a station."""

    assert (WRONG_COLUMNS,) == form.read(cells()[:-1])
    assert (WRONG_COLUMNS,) == form.read([*cells(), ""])
    assert form.station([]) is None


def test_station_is_named(form: OpenAqForm) -> None:
    """The column `location` names the station."""

    assert "FR04014" == form.station(cells())
