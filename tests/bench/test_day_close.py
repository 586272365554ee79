"""What the closing of days costs: beside polars, and from 10 places to 5,000."""

import os
import subprocess
import sys
from collections.abc import Sequence
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
from tests.bench.result import spread, write_result
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

PAIRS = int(os.environ.get("AIRQ_BENCH_PAIRS", "5"))  # noqa: TID251
PLACES = int(os.environ.get("AIRQ_BENCH_PLACES", "1000"))  # noqa: TID251
SIZES = tuple(
    int(size)
    for size in os.environ.get(  # noqa: TID251
        "AIRQ_BENCH_SIZES", "10,100,500,1000,2500,5000"
    ).split(",")
)
CURVE_ROUNDS = 3
# Coefficient of determination of the line through the curve.
LEAST_R2 = 0.98
SETTLED = 5
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
LAST = FIRST + (SETTLED - 1) * DAY
PEERS = ROOT / ".venv-peers" / "polars"
POLARS = "polars>=1.21"
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


def install_polars() -> str | None:
    """Put polars beside the project; return its version, None: it cannot be had."""
    if not any(PEERS.glob("polars-*.dist-info")):
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-input")
        done = subprocess.run([*pip, "--target", PEERS, POLARS], check=False)
        if done.returncode:
            return None
    found = next(PEERS.glob("polars-*.dist-info"))
    return found.name.removeprefix("polars-").removesuffix(".dist-info")


def polars(directory: Path, places: int, closed: int) -> float:
    """Let polars close as many days of as many places; return the seconds."""
    argv = [sys.executable, *map(str, (SCRIPT, directory, places, closed))]
    path = os.pathsep.join(map(str, (PEERS, ROOT)))
    done = subprocess.run(
        argv, env={"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def curve(store: SqlStore, claim: Claim) -> list[dict[str, Any]]:
    """Return what closing one day costs, by the number of places."""
    found = []
    for size in SIZES:
        fill_all(store, size)
        took = [close(store, claim) for _ in range(CURVE_ROUNDS)]
        found.append({"places": size, "seconds": spread(took), "all": took})
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


def test_day_close(database: Database, tmp_path: Path) -> None:
    """Alternate ours and polars over the same number of days; then draw the curve."""
    store = database.open()
    store.migrate()
    scheduled = (CLOSING - entries.DAWN) // timedelta(minutes=1)
    claim = entries.begin(store, scheduled, of="daily-statistics", kind="finalise")
    peer = install_polars()
    fill_all(store, PLACES)
    _finalise(store, claim, since=FIRST, expected=SETTLED)
    pairs = []
    for number in range(PAIRS):
        ways = {
            "close": partial(close, store, claim),
            "settle": partial(settle, store, claim),
        }
        if peer:
            ways["polars_close"] = partial(polars, tmp_path, PLACES, 1)
            ways["polars_settle"] = partial(polars, tmp_path, PLACES, SETTLED)
        names = list(ways) if number % 2 else list(reversed(ways))
        pairs.append({name: ways[name]() for name in names})
    points = curve(store, claim)
    line = fit(points)
    met = line["r2"] >= LEAST_R2
    write_result(
        f"day-close-{database.kind}",
        {
            "database": database.kind,
            "places": PLACES,
            "days_settled": PLACES * SETTLED,
            "polars": peer or "missing: it could not be installed",
            "pairs": pairs,
            "seconds": {name: spread([one[name] for one in pairs]) for name in ways},
            "ratio": {
                what: spread([one[what] / one[f"polars_{what}"] for one in pairs])
                for what in ("close", "settle")
                if peer
            },
            "curve": points,
            "line": line,
            "bar": {"r2": LEAST_R2},
            "met": met,
        },
    )

    assert met, line
