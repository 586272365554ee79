"""10,000 places in calls of 100: how long until an hour of each is stored."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

from airq_cron.domain.pollutant import Pollutant
from airq_cron.providers.open_meteo import BATCH_SIZE
from tests.bench.fetch_ground import prepared
from tests.bench.result import spread, write_result
from tests.bench.rounds import alternate, size
from tests.conftest import WaitUntil
from tests.databases import Database
from tests.integration.nodes import ValkeyProcess

PLACES = size("PLACES", 10_000)
MOST_S = 10.0
LATENCY_MS, BYTES_A_PLACE = 100, 500


def test_batched_fetch(
    database: Database, valkey: ValkeyProcess, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """The worker begins with empty tables in each round; its start is not counted."""
    with (
        prepared(
            database,
            valkey,
            tmp_path,
            wait_until,
            places=PLACES,
            latency_ms=LATENCY_MS,
            bytes_a_place=BYTES_A_PLACE,
        ) as ground,
        ground.worker() as worker,
    ):
        pairs = alternate({"ours": partial(ground.fetch, PLACES, worker)}, 7)
    seconds = spread([one["ours"].seconds for one in pairs])
    met = seconds["median"] <= MOST_S
    write_result(
        f"batched-fetch-{database.kind}",
        {
            "database": database.kind,
            "places": PLACES,
            "places_a_call": BATCH_SIZE,
            "rows": PLACES * len(Pollutant),
            "latency_ms": LATENCY_MS,
            "pairs": [{"ours": asdict(one["ours"])} for one in pairs],
            "seconds": seconds,
            "bar": {"seconds": MOST_S},
            "met": met,
        },
    )

    assert met, seconds
