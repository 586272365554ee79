"""What counting costs: our base class with telemetry, against bare Celery."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial

from tests.bench.noop_ground import (
    QUEUE,
    TASKS,
    Boxes,
    Ground,
    Start,
    bare,
    closing_box,
    measure,
    ours,
)
from tests.bench.peers import listening_flower
from tests.bench.result import spread, write_result
from tests.bench.rounds import alternate

COUNTED = 10_000
MOST_CPU, LEAST_THROUGHPUT = 1.03, 0.97


@contextmanager
def watched(ground: Ground) -> Iterator[Boxes]:
    """Run Celery's, which sends events to a Flower."""
    address = {"BENCH_BROKER": ground.valkey.url}
    with (
        listening_flower(ground.valkey, ground.directory, ground.wait_until, TASKS) as (
            flower,
            _,
        ),
        closing_box(ground.start("noop_bare", address, "--task-events")) as box,
    ):
        yield box, flower


def test_telemetry(ground: Ground) -> None:
    """Alternate ours, theirs and theirs watched; then count over a clean shutdown."""
    starts: dict[str, Start] = {
        "ours": ours,
        "peer": bare,
        "uncounted": partial(ours, telemetry=False),
        "events_and_flower": watched,
    }
    rounds = alternate(
        {name: partial(measure, ground, start) for name, start in starts.items()}, 15
    )
    counts = _count_exactly(ground)
    cpu = [one["ours"].cpu_us / one["peer"].cpu_us for one in rounds]
    rate = [one["ours"].tasks_per_s / one["peer"].tasks_per_s for one in rounds]
    alone = [one["ours"].cpu_us / one["uncounted"].cpu_us for one in rounds]
    flower = [one["events_and_flower"].cpu_us / one["peer"].cpu_us for one in rounds]
    throughput = spread(rate)
    met = spread(cpu)["median"] <= MOST_CPU and throughput["median"] >= LEAST_THROUGHPUT
    write_result(
        "telemetry",
        {
            "pairs": [{k: asdict(v) for k, v in one.items()} for one in rounds],
            "ratio": spread(cpu),
            "throughput_ratio": throughput,
            "cpu_ratio_to_ours_without_telemetry": spread(alone),
            "cpu_ratio_of_events_and_flower": spread(flower),
            "bar": {"cpu": MOST_CPU, "throughput": LEAST_THROUGHPUT},
            "met": met,
            "counted": counts,
        },
    )

    assert {"succeeded": COUNTED} == counts
    assert met, (spread(cpu), throughput)


def _count_exactly(ground: Ground) -> dict[str, int]:
    ground.client.flushall()
    ground.fill(COUNTED)
    with ours(ground):
        ground.wait_until(lambda: ground.left() == 0, "all is done", timeout_s=300)
    found = ground.system.counters.totals()[QUEUE]
    assert COUNTED == sum(found.dwell) == sum(found.handling)
    return dict(found.counts)
