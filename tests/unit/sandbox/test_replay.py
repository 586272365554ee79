"""Real hours moved to now: weekday, hour and season stay; gaps stay gaps."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.cli.sandbox import open_source
from airq_cron.domain.measurement import Origin, Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import ImportFileError
from airq_cron.sandbox import Replay
from airq_cron.sandbox.replay import repeat_after

BEGIN = datetime(2013, 3, 1, tzinfo=UTC)
FIRST = int(BEGIN.timestamp()) // 3600
WEEK = 168


def reading(
    hours: int, value: str | None, unit: Unit = Unit.UG_M3, pollutant: str = "pm2_5"
) -> Reading:
    """Return a reading so many hours after the first."""
    at = BEGIN + timedelta(hours=hours)
    return Reading(Pollutant(pollutant), at, value and Decimal(value), unit)  # type: ignore[arg-type]


def shown(replay: Replay, hour: int, pollutant: str = "pm2_5") -> float | None:
    """Return what is shown at *hour*, anywhere."""
    return replay.value(Pollutant(pollutant), 0.0, 0.0, hour)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (1, 1),
        (23, 23),
        (24, 24),
        (47, 24),
        (167, 144),
        (168, WEEK),
        (1000, 5 * WEEK),
        (8760, 52 * WEEK),
        (35_064, 208 * WEEK),
        (53_184, 313 * WEEK),
    ],
)
def test_file_repeats_after_whole_weeks(hours: int, expected: int) -> None:
    """Weeks where there is one, whole years where there is one, else what there is."""
    assert expected == repeat_after(hours)


@given(hours=st.integers(1, 200_000))
def test_repetition_fits_into_the_file(hours: int) -> None:
    """Never longer than the file, and weekday and hour survive from a week on."""
    period = repeat_after(hours)

    assert 1 <= period <= hours
    if hours >= WEEK:
        assert 0 == period % WEEK


@given(hour=st.integers(400_000, 600_000))
def test_weekday_and_hour_of_day_stay(hour: int) -> None:
    """What is shown on a Monday at 08:00 was measured on a Monday at 08:00."""
    replay = Replay(
        {Pollutant.O3: {FIRST + n: float((FIRST + n) % WEEK) for n in range(1000)}}
    )

    assert float(hour % WEEK) == shown(replay, hour, "o3")


@pytest.mark.parametrize("years", [0, 1, 4, 9, 13])
def test_season_nearly_stays(years: int) -> None:
    """Thirteen years on, the day of the year is off by less than three weeks."""
    days = {FIRST + n: n // 24 % 365.2425 for n in range(35_064)}
    replay = Replay({Pollutant.O3: days})
    at = FIRST + round((years * 365.2425 + 100) * 24)

    assert 100 == pytest.approx(shown(replay, at, "o3"), abs=21)


def test_gaps_stay_gaps() -> None:
    """A missing hour is null, not its neighbour."""
    replay = Replay.from_readings(
        [reading(0, "1.5"), reading(1, None), reading(3, "2.5")]
    )

    assert [1.5, None, None, 2.5] == [shown(replay, FIRST + n) for n in range(4)]
    assert 1.5 == shown(replay, FIRST + 4)
    assert 2.5 == shown(replay, FIRST - 1)


def test_pollutant_that_is_not_in_the_file_is_null() -> None:
    """What was not measured is not invented."""
    replay = Replay.from_readings([reading(0, "1.5")])

    assert shown(replay, FIRST, "co") is None


def test_first_reading_of_an_hour_counts() -> None:
    """A file that says an hour twice is shown by its first word."""
    replay = Replay.from_readings([reading(0, "1"), reading(0, "2")])

    assert 1.0 == shown(replay, FIRST)


def test_units_become_micrograms() -> None:
    """Milligrams are converted, mixing ratios left out."""
    replay = Replay.from_readings(
        [
            reading(0, "0.4", Unit.MG_M3, "co"),
            reading(0, "40", Unit.PPB, "o3"),
        ]
    )

    assert 400.0 == shown(replay, FIRST, "co")
    assert shown(replay, FIRST, "o3") is None


@pytest.mark.parametrize(
    "readings", [[], [reading(0, None)], [reading(0, "1", Unit.PPM)]]
)
def test_nothing_to_show_is_refused(readings: list[Reading]) -> None:
    """A file without a value that can be shown is an error at the start."""
    with pytest.raises(ImportFileError, match="no hour that the sandbox can show"):
        Replay.from_readings(readings)


@pytest.mark.parametrize(
    ("name", "pollutants", "station"),
    [
        (
            "airparif-paris/paris_centre_2011-07-21_2017-08-13_hourly_utc.csv.gz",
            {"pm2_5", "pm10", "no2", "o3", "co"},
            "Airparif",
        ),
        (
            "beijing-uci/PRSA_Data_Tiantan_20130301-20170228.csv.gz",
            {"pm2_5", "pm10", "so2", "no2", "co", "o3"},
            "Tiantan",
        ),
        (
            "pandas-openaq/air_quality_long.csv",
            {"pm2_5", "no2"},
            "London Westminster",
        ),
    ],
    ids=["airparif", "beijing", "openaq"],
)
def test_three_forms_can_be_replayed(
    shared_data: Path, name: str, pollutants: set[str], station: str
) -> None:
    """Each file of real readings shows values now, without a further choice."""
    source = open_source(shared_data / name)

    now = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp()) // 3600
    found = {
        p.value
        for p in Pollutant
        if any(source.value(p, 0, 0, now + n) is not None for n in range(WEEK))
    }
    assert pollutants == found
    assert station in source.title
    assert Origin.REPLAYED is source.origin


def test_station_can_be_chosen(shared_data: Path) -> None:
    """Of several stations another than the largest can be shown."""
    name = "pandas-openaq/air_quality_long.csv"

    assert "FR04014" in open_source(shared_data / name, "FR04014").title
    with pytest.raises(ImportFileError, match="no station 'Nowhere'"):
        open_source(shared_data / name, "Nowhere")
