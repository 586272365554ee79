"""
Many jobs due in the same second: how long until the last message is in its queue.

Other schedulers have as many entries due at one instant. Celery's beat looks through
all entries for each that it sends, so it is spared the largest size.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from itertools import count
from typing import Any

from sqlalchemy import delete

from airq_cron.store.ledger_tables import jobs, runs
from tests.bench.due_storm import Fleet, raise_storm
from tests.bench.noop_ground import Ground
from tests.bench.result import curve, spread, write_result
from tests.bench.rounds import alternate
from tests.bench.storm_peers import SCHEDULERS, raise_peer_storm
from tests.bench.tables import writing
from tests.databases import Database
from tests.peers import find_peers, is_missing

SIZES = tuple(
    int(size)
    for size in os.environ.get("AIRQ_BENCH_SIZES", "1000,10000").split(",")  # noqa: TID251
)
# Until the last is in its queue: 1,000 within 0.5 s, 10,000 within 2 s.
SHORTEST_BAR_S, BAR_S_PER_JOB = 0.5, 2.0 / 10_000
# A worker would need a minute for more.
MOST_WORKED = 1_000
NUMBERS = count()
Figures = dict[str, Any]


def test_due_storm(ledger_ground: Ground, database: Database) -> None:
    """Alternate one beat of ours, two, and beside SQLite every peer."""
    # Their figures are the same whatever our database is.
    peers = find_peers(SCHEDULERS if database.kind == "sqlite" else ())
    there = [name for name, found in peers.items() if not is_missing(found)]
    found = {size: alternate(_measures(ledger_ground, there, size)) for size in SIZES}
    slowest = {
        size: spread([one["ours"]["all_s"] for one in rounds])
        for size, rounds in found.items()
    }
    bar = {size: max(SHORTEST_BAR_S, BAR_S_PER_JOB * size) for size in SIZES}
    met = {
        f"{size:,} jobs": late["median"] <= bar[size] for size, late in slowest.items()
    }
    write_result(
        f"due-storm-{database.kind}",
        {
            "database": database.kind,
            "peers": peers,
            "pairs": [
                {"jobs": size, **one}
                for size, rounds in found.items()
                for one in rounds
            ],
            "ratio": _ratios(found, there),
            "last_queued_s": slowest,
            "bar": {f"{size:,} jobs": most for size, most in bar.items()},
            "met": met,
            "curves": [_curve(found, ["ours", *there], database.kind)],
        },
    )

    assert all(met.values()), slowest


def _measures(
    ground: Ground, peers: Iterable[str], size: int
) -> dict[str, Callable[[], Figures]]:
    measures: dict[str, Callable[[], Figures]] = {
        "ours": partial(_raise_ours, ground, size, 1),
        "ours_two_beats": partial(_raise_ours, ground, size, 2),
    }
    return measures | {
        name: partial(_raise_theirs, ground, name, size)
        for name in peers
        if size <= SCHEDULERS[name].most
    }


def _raise_ours(ground: Ground, size: int, beats: int) -> Figures:
    works = size <= MOST_WORKED
    fleet = Fleet(ground.system, ground.directory, beats, works=works)
    try:
        ground.wait_until(fleet.is_up, "the fleet is ready", timeout_s=60.0)
        storm = raise_storm(
            ground.system, size, next(NUMBERS), fleet, ground.wait_until
        )
    finally:
        fleet.stop()
        _forget(ground)
    figures = {
        "half_s": round(storm.queued.p50, 3),
        "all_s": round(storm.queued.max, 3),
    }
    if storm.started is not None:
        figures["all_started_s"] = round(storm.started.max, 3)
    return figures


def _forget(ground: Ground) -> None:
    """Remove what nobody works at: else each storm finds the runs of all before it."""
    ground.client.flushall()
    with writing(ground.system.store) as connection:
        connection.execute(delete(runs))
        connection.execute(delete(jobs).where(jobs.c.name.like("storm-%")))


def _raise_theirs(ground: Ground, name: str, size: int) -> Figures:
    storm = raise_peer_storm(
        SCHEDULERS[name], ground.valkey, ground.directory, ground.wait_until, size
    )
    return asdict(storm)


def _ratios(
    found: dict[int, list[dict[str, Figures]]], peers: Iterable[str]
) -> dict[str, dict[str, float]]:
    ratios: dict[str, dict[str, float]] = {}
    for name in peers:
        for size, rounds in found.items():
            pairs = [
                one["ours"]["all_s"] / one[name]["all_s"]
                for one in rounds
                if one.get(name, {}).get("all_s")
            ]
            if pairs:
                ratios[f"{name}, {size:,} jobs"] = spread(pairs)
    return ratios


def _curve(
    found: dict[int, list[dict[str, Figures]]], names: Iterable[str], kind: str
) -> Figures:
    lines: dict[str, list[float | None]] = {}
    for name in names:
        lines[name] = []
        for rounds in found.values():
            late = [one[name]["all_s"] for one in rounds if name in one]
            is_known = bool(late) and None not in late
            lines[name].append(spread(late)["median"] if is_known else None)
    return curve(
        f"Until the last of all jobs due at once is queued, {kind}",
        list(found),
        lines,
        x_title="jobs due in the same second",
        y_title="s",
        logarithmic=True,
    )
