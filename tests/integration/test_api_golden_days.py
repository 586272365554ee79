"""Three days of Paris, from the real file to the answer over HTTP."""

import gzip
import io
import shutil
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airq_cron.config import load
from airq_cron.domain.measurement import Location
from airq_cron.domain.role import Role
from airq_cron.providers.csv_forms import ReadingsFile
from airq_cron.services.aggregate import aggregate_dirty
from airq_cron.services.finalise import close_days
from airq_cron.services.load_file import load_file
from airq_cron.services.seed import seed
from airq_cron.system import System, build
from api.app import create_app
from tests.unit.api.caller import Caller, make_caller

SCHEME = "us-epa-2024"
FILE = "airparif-paris/paris_centre_2011-07-21_2017-08-13_hourly_utc.csv.gz"
DAYS = (
    date(2012, 7, 26),
    date(2013, 3, 31),
    date(2013, 10, 27),
    date(2014, 3, 14),
    date(2016, 12, 1),
)
# The same readings, as days of UTC.
GREENWICH = Location("utc", "Paris by UTC", Decimal("48.8"), Decimal("2.3"), "UTC")


def around(path: Path, days: tuple[date, ...]) -> io.BytesIO:
    """Return the file's header and its lines of these days and their neighbours."""
    wanted = {
        f"{day + timedelta(days=step):%d/%m/%Y}".encode()
        for day in days
        for step in (-1, 0, 1)
    }
    with gzip.open(path, "rb") as lines:
        head = [next(lines), next(lines)]
        kept = [line for line in lines if line[:10] in wanted]
    return io.BytesIO(b"".join([*head, *kept]))


@pytest.fixture(scope="module")
def closed_days(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """Make a database that has loaded and closed the days, once."""
    system = build(load({}, var_dir=tmp_path_factory.mktemp("closed")))
    store, now = system.store, system.clock.now()
    store.migrate()
    seed(store, default_provider="open-meteo", locations=None)
    store.write(lambda unit: unit.locations.add(GREENWICH))
    for location in ("paris", "utc"):
        with ReadingsFile(around(shared_data / FILE, DAYS)) as readings:
            load_file(
                store,
                readings.rows(),
                provider=readings.provider,
                origin=readings.origin,
                location=location,
                at=now,
            )
        with store.read() as unit:
            place = unit.locations.get(location)
        store.write(partial(aggregate_dirty, limit=1000, locations=[location]))
        store.write(partial(close_days, place=place, days=DAYS, at=now, live=()))
    store.dispose()
    return system.settings.sqlite_path


@pytest.fixture
def system(tmp_path: Path, closed_days: Path) -> System:
    """Give a system on a copy of it."""
    shutil.copy(closed_days, tmp_path)
    return build(load({}, var_dir=tmp_path))


@pytest.fixture
def viewer(system: System) -> Caller:
    """Give a viewer."""
    return make_caller(create_app(system), system, Role.VIEWER)


@pytest.mark.parametrize(
    ("day", "valid", "mean"),
    [
        ("2013-03-31", 23, "40.4783"),
        ("2013-10-27", 25, "7.2"),
        ("2014-03-14", 24, "96.5417"),
    ],
)
def test_the_golden_days_are_told_to_the_digit(
    viewer: Caller, day: str, valid: int, mean: str
):
    """Hours, mean and provider are those of the record, without float noise."""
    answer = viewer.get(f"/air/locations/paris/daily?from={day}&to={day}")
    (item,) = answer.json["items"]
    figures: dict[str, Any] = item["pollutants"]["pm2_5"]

    assert (day, "Europe/Paris") == (item["date"], item["zone"])
    assert (valid, valid, 1.0) == (
        figures["hours_valid"],
        figures["hours_expected"],
        figures["coverage"],
    )
    assert f'"mean":{mean},' in answer.text.replace(": ", ":").replace(" ", "")
    assert ("airparif", "measured", "ug/m3") == (
        figures["provider"],
        figures["origin"],
        figures["unit"],
    )


@pytest.mark.parametrize(
    ("location", "day", "mean", "index"),
    [
        ("utc", "2014-03-14", 98.875, 181),
        ("paris", "2014-03-14", 96.5417, 180),
        ("utc", "2013-03-31", 39.3333, 110),
        ("paris", "2013-03-31", 40.4783, 113),
        ("utc", "2013-10-27", 6.75, 37),
        ("paris", "2013-10-27", 7.2, 40),
        ("utc", "2016-12-01", 80.9583, 169),
    ],
)
def test_the_golden_days_have_the_american_index(
    viewer: Caller, location: str, day: str, mean: float, index: int
):
    """Computed from the exact mean of the place's own day."""
    answer = viewer.get(f"/air/locations/{location}/daily?from={day}&to={day}")
    (item,) = answer.json["items"]
    figures = item["pollutants"]["pm2_5"]

    rating = figures["indices"]["us-epa-2024"]
    assert (mean, index, "24h") == (
        figures["mean"],
        rating["index"],
        rating["averaging"],
    )
    assert {"index", "category", "main_pollutant"} == set(item["indices"][SCHEME])
    assert index <= item["indices"][SCHEME]["index"]


def test_the_hours_add_up_to_the_day(viewer: Caller):
    """The mean of the hours that are told is the mean of the day."""
    hours = viewer.get(
        "/air/locations/paris/hourly"
        "?from=2013-03-31&to=2013-03-31&pollutant=pm2_5&limit=99"
    ).json["items"]

    assert 23 == len(hours)
    assert 40.4783 == round(sum(hour["mean"] for hour in hours) / 23, 4)


def test_the_golden_day_of_ozone_is_judged_by_its_highest_8_hours(viewer: Caller):
    """Both conventions find the same eight hours, from noon in Paris."""
    answer = viewer.get("/air/locations/paris/daily?from=2012-07-26&to=2012-07-26")
    ozone = answer.json["items"][0]["pollutants"]["o3"]

    assert (181.75, "2012-07-26T18:00:00Z") == (
        ozone["max_8h_eu"],
        ozone["max_8h_eu_ends_at"],
    )
    assert (181.75, "2012-07-26T10:00:00Z") == (
        ozone["max_8h_us"],
        ozone["max_8h_us_starts_at"],
    )
    # 181.75 ug/m3 are 0.0927 ppm at 25 degrees, cut to 0.092.
    assert (166, "8h") == (
        ozone["indices"][SCHEME]["index"],
        ozone["indices"][SCHEME]["averaging"],
    )
