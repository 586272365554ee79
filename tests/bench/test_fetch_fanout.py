"""
10,000 places, one request each: places a second, beside a task for each.

Ours has one run, whose parts go through breaker and validation into the database; the
tasks of Celery and BullMQ only read the answer.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path
from typing import Any

import redis
from celery import Celery

from airq_cron.domain.pollutant import Pollutant
from airq_cron.telemetry import keys
from tests.bench.fetch_ground import Ground, prepared
from tests.bench.noop_ground import Ground as QueueGround
from tests.bench.queue_peers import measure_peer, of_node
from tests.bench.result import spread, write_result
from tests.bench.rounds import alternate, size
from tests.bench.tables import CLOCK
from tests.conftest import WaitUntil
from tests.databases import Database
from tests.integration.nodes import ProcessBox, ValkeyProcess, WorkerProcess
from tests.peers import find_peers, is_missing

PLACES = size("PLACES", 10_000)
# Two children that wait 100 ms for each place do some 19 a second.
PEER_PLACES = 200
LEAST_PER_S, LEAST_OF_BULLMQ = 1000, 1.5
LATENCY_MS, BYTES_A_PLACE = 100, 2048
# AIRQ_OPEN_METEO_CALLS: under way from each of two children.
CALLS = size("CALLS", 200)
QUEUE = "bench"
rate_of = itemgetter("places_per_s")
ASKED = "/v1/air-quality?latitude=48.8&longitude=2.3&hourly=pm2_5"


def ours(ground: Ground, worker: WorkerProcess) -> dict[str, float]:
    """Return the places a second of our run, and what it took."""
    found = asdict(ground.fetch(PLACES, worker))
    assert PLACES == found["calls"]
    return {"places_per_s": PLACES / found["seconds"], **found}


def peer(ground: Ground, valkey: ValkeyProcess) -> float:
    """Return the places a second of plain Celery; nothing is stored."""
    client = redis.Redis.from_url(valkey.url)
    with Celery(broker=valkey.url) as app:
        for _ in range(PEER_PLACES):
            app.send_task("bench.fetch", (ground.url + ASKED,), queue=QUEUE)
    began_s, waiting = CLOCK.monotonic(), keys.queue_list(QUEUE, 0)

    def is_done() -> bool:
        return not client.llen(waiting) and not client.hlen("unacked")

    ground.wait_until(is_done, "all places were asked for", timeout_s=120.0)
    return PEER_PLACES / (CLOCK.monotonic() - began_s)


def start_peer(ground: Ground, valkey: ValkeyProcess) -> ProcessBox:
    """Start a worker of two children."""
    argv = (
        *(sys.executable, "-m", "celery", "-A", "tests.bench.fetch_bare", "worker"),
        *("--concurrency", "2", "--queues", QUEUE, "--loglevel", "INFO"),
        *("--without-mingle", "--without-gossip"),
    )
    log = ground.directory / "fetch_bare.log"
    environment = {"BENCH_BROKER": valkey.url}
    return ProcessBox("fetch_bare", argv, log=log, environment=environment)


def bullmq(ground: Ground, valkey: ValkeyProcess) -> float:
    """Return the places a second of BullMQ, two processes with 50 at once each."""
    there = QueueGround(ground.system, valkey, ground.directory, ground.wait_until)
    work = of_node("bullmq_fetch", tasks=PLACES)
    return measure_peer(there, work, BENCH_URL=ground.url + ASKED).tasks_per_s


def test_fetch_fanout(
    database: Database, valkey: ValkeyProcess, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """Both workers run; each has the machine to itself while it is measured."""
    peers = find_peers(["bullmq"])
    with (
        prepared(
            database,
            valkey,
            tmp_path,
            wait_until,
            places=PLACES,
            latency_ms=LATENCY_MS,
            bytes_a_place=BYTES_A_PLACE,
            calls=CALLS,
        ) as ground,
        ground.worker("single_calls") as worker,
    ):
        measures = {
            "ours": lambda: ours(ground, worker),
            "celery": lambda: {"places_per_s": peer(ground, valkey)},
        }
        if not is_missing(peers["bullmq"]):
            # Last, and on a Valkey of its own: it empties what it fills.
            measures["bullmq"] = lambda: {"places_per_s": bullmq(ground, theirs)}
        box = start_peer(ground, valkey)
        theirs = ValkeyProcess(tmp_path / "theirs")
        try:
            wait_until(theirs.is_up, "the other Valkey takes connections")
            wait_until(lambda: b"ready." in box.logs(), "the peer is ready")
            pairs = alternate(measures)
        finally:
            box.stop()
            theirs.teardown()
    _tell(database, peers, pairs)


def _tell(
    database: Database, peers: Mapping[str, str], pairs: Sequence[Mapping[str, Any]]
) -> None:
    rate = spread([rate_of(one["ours"]) for one in pairs])
    ratio = {
        name: spread([rate_of(one["ours"]) / rate_of(one[name]) for one in pairs])
        for name in pairs[0]
        if name != "ours"
    }
    met = {"places_per_s": rate["median"] >= LEAST_PER_S}
    if "bullmq" in ratio:
        met["bullmq"] = ratio["bullmq"]["median"] >= LEAST_OF_BULLMQ
    write_result(
        f"fetch-fanout-{database.kind}",
        {
            "database": database.kind,
            "places": PLACES,
            "rows": PLACES * len(Pollutant),
            "latency_ms": LATENCY_MS,
            "bytes_a_place": BYTES_A_PLACE,
            "calls_of_a_child": CALLS,
            "peers": dict(peers),
            "pairs": pairs,
            "places_per_s": rate,
            "ratio": ratio,
            "bar": {"places_per_s": LEAST_PER_S, "bullmq": LEAST_OF_BULLMQ},
            "met": met,
        },
    )

    assert all(met.values()), (rate, ratio)
