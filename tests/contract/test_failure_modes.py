"""Failures of real air data that concern several parts at once."""

import csv
import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from airq_cron.domain.aqi import Averaging, compute_index
from airq_cron.domain.measurement import (
    SENTINELS,
    Measurement,
    Origin,
    Quality,
    Reading,
    check_reading,
)
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import ImportFileError
from airq_cron.providers.csv_forms import ReadingsFile
from airq_cron.providers.open_meteo_body import read_elements

AT = datetime(2021, 8, 16, 13, tzinfo=UTC)


def check(value: Decimal, unit: Unit = Unit.UG_M3) -> Measurement | str:
    """Return what becomes of fine dust of *value*."""
    return check_reading(
        Reading(Pollutant.PM2_5, AT, value, unit),
        provider="openaq",
        location="paris",
        origin=Origin.MEASURED,
        fetched_at=AT,
    )


def test_the_sentinel_of_kabul_is_refused(shared_data: Path) -> None:
    """An embassy's monitor that was switched off said -999 for days."""
    recorded = shared_data / "openaq" / "legacy_sentinel_-999_kabul_2021.json"
    value = json.loads(recorded.read_text(), parse_int=Decimal)["value"]

    assert "sentinel" == check(value)


def test_the_sentinels_of_an_italian_road_are_refused(shared_data: Path) -> None:
    """All 1,683 of CO and nothing else: 7,674 real hours pass."""
    path = shared_data / "uci-air-quality-italy" / "AirQualityUCI.csv.gz"
    with gzip.open(path, "rt", newline="") as lines:
        values = [Decimal(row["CO_GT"]) for row in csv.DictReader(lines)]

    found = Counter(
        (checked if isinstance(checked, str) else "stored")
        for checked in (check(value, Unit.MG_M3) for value in values)
    )

    assert {"sentinel": values.count(Decimal(-200)), "stored": 7674} == found


def test_a_file_of_no_known_form_is_not_guessed_at(shared_data: Path) -> None:
    """Sensors' counts and a clock without a zone are no concentrations."""
    with pytest.raises(ImportFileError, match="not a known form"):
        ReadingsFile(shared_data / "uci-air-quality-italy" / "AirQualityUCI.csv.gz")


@pytest.mark.parametrize("sentinel", sorted(SENTINELS))
def test_the_neighbours_of_a_sentinel_are_values(sentinel: Decimal) -> None:
    """Refused exactly, and by nothing that resembles it."""
    step = Decimal("0.0001")

    assert "sentinel" == check(sentinel)
    assert {"sentinel"}.isdisjoint(
        {found for found in (check(sentinel - step), check(sentinel + step))
         if isinstance(found, str)}
    )  # fmt: skip


def test_a_small_negative_counts_in_means_and_is_zero_in_an_index() -> None:
    """An instrument at zero says -4.9 as often as 4.9."""
    stored = check(Decimal("-4.9"))
    index = compute_index(
        "us-epa-2024", Pollutant.PM2_5, Averaging.H24, Decimal("-4.9"), Unit.UG_M3
    )

    assert isinstance(stored, Measurement)
    assert (-4_900_000, Quality.NEGATIVE) == (stored.micros, stored.quality)
    assert 0 == index.index


def test_a_smoke_episode_is_no_outlier() -> None:
    """1,847 µg/m³ is stored as it came, without a flag, and has an index."""
    stored = check(Decimal(1847))
    index = compute_index(
        "us-epa-2024", Pollutant.PM2_5, Averaging.H24, Decimal(1847), Unit.UG_M3
    )

    assert isinstance(stored, Measurement)
    assert (1_847_000_000, Quality.NONE) == (stored.micros, stored.quality)
    assert (index.index or 0) > 500
    assert "Hazardous" == index.category


def test_an_upstreams_own_index_is_never_read(shared_data: Path) -> None:
    """Open-Meteo changed its meaning twice in half a year, without a word."""
    path = shared_data / "open-meteo" / "hourly_brno_2026-10-01_unixtime.json"
    answer = json.loads(path.read_text())
    before = read_elements(json.dumps(answer).encode(), 1)
    hours = answer["hourly"]
    assert "european_aqi" in hours
    hours["european_aqi"] = [500 for _ in hours["european_aqi"]]
    hours["us_aqi"] = [1 for _ in hours["european_aqi"]]

    assert before == read_elements(json.dumps(answer).encode(), 1)
