"""Real years of Paris through import, backfill and API."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.caller import Caller

FILE = "airparif-paris/paris_centre_2011-07-21_2017-08-13_hourly_utc.csv.gz"
# Worked out from the file by hand: days of 23, 25 and 24 hours.
GOLDEN = {
    "2013-03-31": (23, 23, 40.4783),
    "2013-10-27": (25, 25, 7.2),
    "2014-03-14": (24, 24, 96.5417),
}


@pytest.mark.timeout(240)
def test_the_days_of_a_file_are_those_worked_out_by_hand(
    caller: Caller, shared_data: Path
) -> None:
    """Closed twice, they are the same, and exactly these."""
    caller.airq("import", str(shared_data / FILE), "--location", "paris")
    seen = [_closed(caller) for _ in range(2)]

    assert GOLDEN == {
        day: (figure["hours_valid"], figure["hours_expected"], figure["mean"])
        for day, figure in _pm2_5(caller, seen[0]).items()
    }
    assert seen[0] == seen[1]


def _closed(caller: Caller) -> list[Any]:
    """Close the golden days by a backfill of each, and return what the API shows."""
    stretches = [
        ("2014-03-10", "2014-03-16"),
        *((day, day) for day in list(GOLDEN)[:2]),
    ]
    days: list[Any] = []
    for first, last in stretches:
        done = caller.airq(
            "backfill", "daily-statistics", "--from", first, "--to", last, "--wait"
        )
        assert {"succeeded": done["total"]} == done["states"]
        daily = caller.get("/air/locations/paris/daily", **{"from": first, "to": last})
        days += daily["items"]
    return days


def _pm2_5(caller: Caller, days: list[Any]) -> dict[str, Any]:
    return {
        day["date"]: day["pollutants"]["pm2_5"] for day in days if day["date"] in GOLDEN
    }
