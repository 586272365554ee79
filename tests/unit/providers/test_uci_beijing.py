"""The Beijing form: hour beginning, UTC+8 all year."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from airq_cron.domain.measurement import Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.providers.csv_line import BAD_NUMBER, BAD_TIME, WRONG_COLUMNS
from airq_cron.providers.uci_beijing import UciBeijingForm

HEADER = ["No", "year", "month", "day", "hour", "PM2.5", "CO", "TEMP", "wd", "station"]


@pytest.fixture
def form() -> UciBeijingForm:
    """Give the form of a file with two pollutants."""
    return UciBeijingForm(HEADER)


def cells(day: str = "2013,3,1", hour: str = "0", values: str = "4,300") -> list[str]:
    """Write one line of the file as cells."""
    return f"1,{day},{hour},{values},-0.7,NNW,Aotizhongxin".split(",")


def test_header_is_recognised() -> None:
    """The time in parts, a station and a pollutant make a Beijing header."""

    assert UciBeijingForm.recognises(HEADER)
    assert not UciBeijingForm.recognises(HEADER[:-1])
    assert not UciBeijingForm.recognises([*HEADER, "PM2.5"])
    assert not UciBeijingForm.recognises([*HEADER[:5], "station"])
    assert not UciBeijingForm.recognises([])


def test_beijing_is_eight_hours_ahead(form: UciBeijingForm) -> None:
    """Hour 0 of Beijing begins at 16:00 UTC of the day before."""
    at = datetime(2013, 2, 28, 16, tzinfo=UTC)

    assert [
        Reading(Pollutant.PM2_5, at, Decimal(4), Unit.UG_M3),
        Reading(Pollutant.CO, at, Decimal(300), Unit.UG_M3),
    ] == form.read(cells())


@pytest.mark.parametrize(("day", "month"), [("2014,1,15", 1), ("2014,7,15", 7)])
def test_there_is_no_summer_time(form: UciBeijingForm, day: str, month: int) -> None:
    """The distance to UTC is the same in January and in July."""
    found = form.read(cells(day, "23"))

    assert isinstance(found[0], Reading)
    assert datetime(2014, month, 15, 15, tzinfo=UTC) == found[0].valid_from


def test_na_is_missing(form: UciBeijingForm) -> None:
    """NA gives a reading without a value."""
    found = form.read(cells(values="NA,NA"))

    assert [None, None] == [one.value for one in found if isinstance(one, Reading)]


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        ("2013,3,1", "24"),
        ("2013,3,1", "-1"),
        ("2013,3,1", "NA"),
        ("2013,2,29", "0"),
        ("NA,3,1", "0"),
        ("1,1,1", "0"),
        ("2013,13,1", "0"),
    ],
)
def test_impossible_time_is_refused(form: UciBeijingForm, day: str, hour: str) -> None:
    """Days exist, hours run from 0 to 23, and UTC lies in the calendar too."""

    assert (BAD_TIME,) == form.read(cells(day, hour))


def test_wrong_number_of_cells_is_refused(form: UciBeijingForm) -> None:
    """A shorter or longer line has neither values nor a station."""

    assert (WRONG_COLUMNS,) == form.read(cells()[:-1])
    assert (WRONG_COLUMNS,) == form.read([*cells(), "x"])
    assert form.station(cells()[:-1]) is None


def test_bad_cell_costs_only_itself(form: UciBeijingForm) -> None:
    """The other values of the line are kept."""
    found = form.read(cells(values="4;5,300"))

    assert BAD_NUMBER == found[0]
    assert isinstance(found[1], Reading)


def test_station_is_named(form: UciBeijingForm) -> None:
    """The last column names the station."""

    assert "Aotizhongxin" == form.station(cells())
