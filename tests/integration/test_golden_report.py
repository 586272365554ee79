"""The report of Paris on 2014-03-14, from the real file to the terminal."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from airq_cron.cli.main import main
from airq_cron.config import load
from airq_cron.domain.role import Role
from airq_cron.providers.csv_forms import ReadingsFile
from airq_cron.services.finalise import close_days
from airq_cron.services.load_file import load_file
from airq_cron.services.seed import seed
from airq_cron.system import System, build
from api.app import create_app
from tests.integration.test_api_golden_days import FILE, around
from tests.unit.api.caller import make_caller

DAY = date(2014, 3, 14)
# The week before for the changes, the day after for the last 8-hour means.
DAYS = tuple(DAY + timedelta(days=step) for step in range(-7, 2))


@pytest.fixture
def system(tmp_path: Path, shared_data: Path) -> Iterator[System]:
    """Give a system that has loaded and closed the days around it."""
    system = build(load({}, var_dir=tmp_path))
    store, now = system.store, system.clock.now()
    store.migrate()
    seed(store, default_provider="open-meteo", locations=None)
    with ReadingsFile(around(shared_data / FILE, DAYS)) as readings:
        load_file(
            store,
            readings.rows(),
            provider=readings.provider,
            origin=readings.origin,
            location="paris",
            at=now,
        )
    with store.read() as unit:
        place = unit.locations.get("paris")
    store.write(lambda unit: close_days(unit, place, DAYS, at=now, live=()))
    yield system
    store.dispose()


def test_the_golden_day_is_told_in_a_terminal(system: System):
    """96.5 ug/m3, 180, what it exceeds, and against the days before."""
    result = CliRunner().invoke(
        main,
        ["report", "paris", str(DAY)],
        env={"AIRQ_VAR_DIR": str(system.settings.var_dir)},
    )

    assert 0 == result.exit_code
    for words in (
        "The air in Paris on Friday 14 March 2014 was unhealthy: US index 180, ",
        "5  Very poor  PM2.5, worst hour, from 21:00",
        "8 limits exceeded, 19 met.",
        "Airparif - www.airparif.fr, ODbL (measured)",
    ):
        assert words in result.stdout
    (dust,) = [one for one in result.stdout.splitlines() if one.startswith("PM2.5 ")]
    assert ["PM2.5", "µg/m³", "96.5", "97.5", "127.8", "131.0", "23:00"] == (
        dust.split()[:7]
    )
    assert ["+13.9", "+38.4", "24/24"] == dust.split()[8:11]


def test_the_golden_day_is_told_over_http(system: System):
    """The same figures to four decimals; the page and the charts are there."""
    viewer = make_caller(create_app(system), system, Role.VIEWER)
    body = viewer.get(f"/air/locations/paris/reports/{DAY}").json
    dust = body["pollutants"]["pm2_5"]

    assert (96.5417, 61.0, 131.0, 24) == (
        dust["mean"],
        dust["min"],
        dust["max"],
        dust["hours_valid"],
    )
    assert (82.6667, 58.1726) == (
        dust["day_before"]["earlier"],
        dust["week_before"]["earlier"],
    )
    for address in (
        f"reports/{DAY}?format=html",
        f"charts/day.svg?date={DAY}",
        f"charts/week.svg?date={DAY}",
        f"charts/year.svg?date={DAY}",
    ):
        assert 200 == viewer.get(f"/air/locations/paris/{address}").status_code
