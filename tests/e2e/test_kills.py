"""Import and aggregation are killed in the middle, and done again."""

import gzip
import os
import signal
import sqlite3
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from tests.conftest import WaitUntil
from tests.e2e.airq_up import AirqUp
from tests.e2e.caller import Caller, start_airq

FILE = "airparif-paris/paris_centre_2011-07-21_2017-08-13_hourly_utc.csv.gz"
# Enough hours to be killed in the middle of, few enough to be done three times.
LINES = 20_000
CALM, STORMY = "calm", "stormy"
PLACE = {"lat": 48.86, "lon": 2.35, "zone": "Europe/Paris"}
DAYS = ("2012-03-20", "2012-03-29")
# All that is stored but when it was.
FIGURES = {
    "measurements": "valid_from, pollutant, micros, unit, origin, quality, revisions",
    "series": "pollutant, unit, origin, first_at, last_at",
    "hours": "hour, pollutant, unit, origin, n, mean_micros, min_micros, "
    "max_micros, max_at",
    "days": "day, pollutant, zone, unit, origin, hours_valid, hours_expected, "
    "sum_micros, min_micros, max_micros, max_hour, status, revision",
    "dirty_hours": "hour",
    "dirty_days": "day",
}


@pytest.fixture
def file(shared_data: Path, tmp_path: Path) -> Path:
    """Give the first years of the Paris file."""
    cut = tmp_path / "years.csv"
    with gzip.open(shared_data / FILE, "rt") as whole:
        cut.write_text("".join(islice(whole, LINES)))
    return cut


class Tables:
    """The tables of an instance, read beside it."""

    def __init__(self, up: AirqUp) -> None:
        """Look into the database of *up*."""
        self._path = Path(up.record["data_dir"]) / "airq.db"

    def rows(self, table: str, columns: str, location: str) -> list[tuple[object, ...]]:
        """Return what was imported for *location*, in order."""
        question = (
            f"SELECT {columns} FROM {table} "
            f"WHERE location = ? AND provider = 'airparif' ORDER BY {columns}"
        )
        address = f"file:{self._path}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return connection.execute(question, (location,)).fetchall()

    def count(self, table: str, location: str) -> int:
        """Return how many rows there are of *location*."""
        return self.rows(table, "count(*)", location)[0][0]  # type: ignore[return-value]


@pytest.mark.timeout(300)
def test_what_is_killed_and_done_again_gives_the_same_figures(
    running: AirqUp, caller: Caller, file: Path, wait_until: WaitUntil
) -> None:
    """Neither half an import nor half an aggregation leaves a trace."""
    tables = Tables(running)
    for place in (CALM, STORMY):
        caller.post("/air/locations", {"id": place, "name": place, **PLACE})
    caller.airq("import", str(file), "--location", CALM)
    _succeeds(caller, caller.execute_or_join("hourly-aggregations"), wait_until)
    whole = tables.count("measurements", CALM)

    importing = start_airq(
        running.layout.var, "import", str(file), "--location", STORMY
    )
    wait_until(lambda: tables.count("measurements", STORMY), "it imports")
    importing.kill()
    importing.communicate()
    half = tables.count("measurements", STORMY)
    caller.airq("import", str(file), "--location", STORMY)

    run_id = caller.execute_or_join("hourly-aggregations")
    wait_until(lambda: tables.count("hours", STORMY), "it aggregates")
    os.killpg(running.pids()["worker-data"], signal.SIGKILL)
    part = tables.count("hours", STORMY)
    _succeeds(caller, run_id, wait_until)

    span = ("--from", DAYS[0], "--to", DAYS[1])
    caller.airq("backfill", "daily-statistics", *span, "--wait")

    assert 0 < half < whole
    assert 0 < part < tables.count("hours", STORMY)
    assert ["crashed", "succeeded"] == [
        attempt["outcome"] for attempt in caller.run(run_id)["attempts"]
    ]
    for table, columns in FIGURES.items():
        calm = tables.rows(table, columns, CALM)
        assert calm == tables.rows(table, columns, STORMY), table
    assert tables.rows("days", FIGURES["days"], STORMY)


def _succeeds(caller: Caller, run_id: str, wait_until: WaitUntil) -> None:
    wait_until(
        lambda: caller.run(run_id)["state"] == "succeeded",
        "the run has succeeded",
        timeout_s=60,
        interval_s=0.2,
    )
