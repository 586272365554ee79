"""What the closing of days costs: beside polars, and from 10 places to 5,000."""

import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import correlation, linear_regression
from typing import Any

from sqlalchemy import delete, update

from airq_cron.domain.daily import DayStatus
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.run import Claim
from airq_cron.services.finalise import finalise_days
from airq_cron.store.air_tables import (
    day_revisions,
    days,
    dirty_days,
    hours,
    measurements,
)
from airq_cron.store.store import SqlStore
from tests import entries
from tests.bench.result import curve, spread, write_result
from tests.bench.rounds import alternate, size
from tests.bench.tables import (
    PROVIDER,
    add_places,
    analyse,
    empty,
    fill,
    fill_hours,
    fill_series,
    timed,
    writing,
)
from tests.conftest import ROOT
from tests.databases import Database
from tests.peers import PYTHON, find_peers, is_missing

PLACES = size("PLACES", 1000)
SIZES = (10, 100, 500, 1000, 2500, 5000)[: size("SIZES", 6)]
CURVE_ROUNDS = 3
# Coefficient of determination of the line through the curve.
LEAST_R2 = 0.98
SETTLED = 5
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
LAST = FIRST + (SETTLED - 1) * DAY
SCRIPT = Path(__file__).with_name("polars_days.py")
# The runs of the days before this one are over.
CLOSING = LAST + DAY


def fill_all(store: SqlStore, places: int) -> None:
    """Store the hours of SETTLED days of so many places, and a day around them."""
    add_places(store, places)
    empty(store, measurements, hours, days, dirty_days, day_revisions)
    since = FIRST - DAY
    fill(store, since, HOUR, 24 * (SETTLED + 2))
    fill_hours(store, since, CLOSING + DAY)
    fill_series(store, since, CLOSING + DAY)
    analyse(store)


def close(store: SqlStore, claim: Claim) -> float:
    """Close the last day of every place for the first time; return the seconds."""
    with writing(store) as connection:
        connection.execute(delete(days).where(days.c.day == LAST.date()))
    return _finalise(store, claim, since=LAST, expected=1)


def settle(store: SqlStore, claim: Claim) -> float:
    """Settle SETTLED provisional days of every place again; return the seconds."""
    with writing(store) as connection:
        provisional = DayStatus.PROVISIONAL.value
        connection.execute(update(days).values(status=provisional))
    return _finalise(store, claim, since=claim.scheduled_for, expected=SETTLED)


def _finalise(
    store: SqlStore, claim: Claim, *, since: datetime, expected: int
) -> float:
    work = partial(finalise_days, store, claim, since=since, live=[PROVIDER])
    seconds, result = timed(work)
    with store.read() as unit:
        places = len(unit.locations.all())
    assert places * expected == result["days"]
    assert places * expected * len(Pollutant) == result["changed"]
    return seconds


def polars(directory: Path, places: int, closed: int) -> float:
    """Let polars close as many days of as many places; return the seconds."""
    argv = [*map(str, (PYTHON, SCRIPT, directory, places, closed))]
    done = subprocess.run(
        argv, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def grow(store: SqlStore, claim: Claim) -> list[dict[str, Any]]:
    """Return what closing one day costs, by the number of places."""
    found = []
    for places in SIZES:
        fill_all(store, places)
        took = [close(store, claim) for _ in range(CURVE_ROUNDS)]
        found.append({"places": places, "seconds": spread(took), "all": took})
    return found


def fit(points: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the line through the fastest rounds, and how much of them it explains."""
    sizes = [float(one["places"]) for one in points]
    # Other work on the machine only adds to a round.
    seconds = [min(one["all"]) for one in points]
    slope, intercept = linear_regression(sizes, seconds)
    return {
        "ms_a_place": round(slope * 1000, 4),
        "constant_ms": round(intercept * 1000, 4),
        "r2": round(correlation(sizes, seconds) ** 2, 5),
    }


def ways_of(
    store: SqlStore, claim: Claim, directory: Path, *, has_peer: bool
) -> dict[str, Callable[[], float]]:
    """Return what is measured in turn: ours, and polars where it is there."""
    ways: dict[str, Callable[[], float]] = {
        "close": partial(close, store, claim),
        "settle": partial(settle, store, claim),
    }
    if has_peer:
        ways["polars_close"] = partial(polars, directory, PLACES, 1)
        ways["polars_settle"] = partial(polars, directory, PLACES, SETTLED)
    return ways


def test_day_close(database: Database, tmp_path: Path) -> None:
    """Alternate ours and polars over the same number of days; then draw the curve."""
    store = database.open()
    store.migrate()
    scheduled = (CLOSING - entries.DAWN) // timedelta(minutes=1)
    claim = entries.begin(store, scheduled, of="daily-statistics", kind="finalise")
    peers = find_peers(["polars"])
    fill_all(store, PLACES)
    _finalise(store, claim, since=FIRST, expected=SETTLED)
    has_peer = not is_missing(peers["polars"])
    ways = ways_of(store, claim, tmp_path, has_peer=has_peer)
    pairs = alternate(ways)
    points = grow(store, claim)
    line = fit(points)
    met = line["r2"] >= LEAST_R2
    write_result(
        f"day-close-{database.kind}",
        {
            "database": database.kind,
            "places": PLACES,
            "days_settled": PLACES * SETTLED,
            "peers": peers,
            "pairs": [
                {name: {"seconds": took} for name, took in one.items()} for one in pairs
            ],
            "ratio": {
                what: spread([one[what] / one[f"polars_{what}"] for one in pairs])
                for what in ("close", "settle")
                if has_peer
            },
            "points": points,
            "line": line,
            "curves": [
                curve(
                    f"Closing a day, {database.kind}",
                    SIZES,
                    {"ours": [min(one["all"]) for one in points]},
                    x_title="places",
                    y_title="seconds",
                )
            ],
            "bar": {"r2": LEAST_R2},
            "met": met,
        },
    )

    assert met, line
