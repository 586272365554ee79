"""The Airparif form: hour ending, UTC, units in the second line."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from airq_cron.domain.measurement import Origin, Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import ImportFileError
from airq_cron.providers.airparif import AirparifForm
from airq_cron.providers.csv_line import (
    BAD_NUMBER,
    BAD_TIME,
    UNKNOWN_POLLUTANT,
    WRONG_COLUMNS,
)

HEADER = ["date", "heure", "PM25", "O3"]
UNITS = ["", "", "microg/m3", "microg/m3"]


@pytest.fixture
def form() -> AirparifForm:
    """Give the form of a file with two pollutants."""
    return AirparifForm(HEADER, [UNITS])


def test_header_is_recognised() -> None:
    """Date, heure and a pollutant make an Airparif header."""

    assert AirparifForm.recognises(HEADER)
    assert not AirparifForm.recognises(["date", "heure"])
    assert not AirparifForm.recognises(["date", "heure", "TEMP"])
    assert not AirparifForm.recognises(["date;heure;PM25"])
    assert not AirparifForm.recognises([])


def test_values_stand_for_the_hour_that_ends(form: AirparifForm) -> None:
    """Heure 1 is the hour from 00:00 to 01:00 UTC."""
    at = datetime(2011, 7, 21, 0, tzinfo=UTC)

    assert [
        Reading(Pollutant.PM2_5, at, None, Unit.UG_M3),
        Reading(Pollutant.O3, at, Decimal("7.5"), Unit.UG_M3),
    ] == form.read(["21/07/2011", "1", "n/d", "7.5"])


def test_last_hour_belongs_to_the_same_day(form: AirparifForm) -> None:
    """Heure 24 begins at 23:00 UTC of its own date, in summer too."""
    found = form.read(["31/03/2013", "24", "1", "2"])

    assert isinstance(found[0], Reading)
    assert datetime(2013, 3, 31, 23, tzinfo=UTC) == found[0].valid_from


@pytest.mark.parametrize("hour", ["0", "25", "-1", "01", "1.0", "", "x", "1:00"])
def test_impossible_hour_is_refused(form: AirparifForm, hour: str) -> None:
    """Hours run from 1 to 24."""

    assert (BAD_TIME,) == form.read(["21/07/2011", hour, "1", "2"])


@pytest.mark.parametrize(
    "day",
    [
        "31/02/2012", "2012-02-01", "1/7/2011", "00/07/2011", "21/07/11", "21/07/20111",
        "1/007/2011", "21-07-2011", "", "99/99/9999",
    ],
)  # fmt: skip
def test_impossible_date_is_refused(form: AirparifForm, day: str) -> None:
    """Dates are dd/mm/yyyy and exist."""

    assert (BAD_TIME,) == form.read([day, "1", "1", "2"])


@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_wrong_number_of_cells_is_refused(form: AirparifForm, count: int) -> None:
    """A line that lost or won a cell cannot be assigned to columns."""
    cells = ["21/07/2011", "1", "1", "2", "3"]

    assert (WRONG_COLUMNS,) == form.read(cells[:count])


def test_bad_cell_costs_only_itself(form: AirparifForm) -> None:
    """The other values of the line are kept."""
    at = datetime(2011, 7, 21, 0, tzinfo=UTC)

    assert [
        BAD_NUMBER,
        Reading(Pollutant.O3, at, Decimal(2), Unit.UG_M3),
    ] == form.read(["21/07/2011", "1", "7,5", "2"])


def test_column_of_an_unknown_pollutant_is_refused_by_value() -> None:
    """What we do not store is counted, never dropped silently."""
    form = AirparifForm(["date", "heure", "NOX", "NO2"], [["", "", "ppb", "ug/m3"]])
    found = form.read(["21/07/2011", "1", "40", "20"])

    assert UNKNOWN_POLLUTANT == found[0]
    assert isinstance(found[1], Reading)
    assert Pollutant.NO2 == found[1].pollutant


def test_unit_is_that_of_the_second_line() -> None:
    """Carbon monoxide in mg/m3 keeps its unit."""
    form = AirparifForm(["date", "heure", "CO"], [["", "", "mg/m3"]])
    found = form.read(["21/07/2011", "1", "0.3"])

    assert isinstance(found[0], Reading)
    assert Unit.MG_M3 == found[0].unit


@pytest.mark.parametrize(
    "prelude",
    [
        [],
        [["21/07/2011", "1", "3"]],
        [["21/07/2011", "1", "3", "4"]],
        [["", "", "", ""]],
    ],
)
def test_file_without_units_is_refused(prelude: list[list[str]]) -> None:
    """Data in the place of the units, or no unit, cannot be imported."""
    with pytest.raises(ImportFileError, match="line 2"):
        AirparifForm(HEADER, prelude)


def test_file_names_no_station(form: AirparifForm) -> None:
    """One Airparif file is one place."""

    assert form.station(["21/07/2011", "1", "1", "2"]) is None


def test_values_are_measured_and_attributed() -> None:
    """The licence wants the name of Airparif."""

    assert Origin.MEASURED == AirparifForm.origin
    assert "Airparif - www.airparif.fr" in AirparifForm.attribution
