"""Our transport under a plain Celery task, against kombu's own under the same."""

from dataclasses import asdict
from functools import partial

from airq_cron.broker import GuardedTransport
from tests.bench.noop_ground import Ground, bare, measure
from tests.bench.result import spread, write_result
from tests.bench.rounds import alternate

OURS = f"{GuardedTransport.__module__}:{GuardedTransport.__name__}"
LEAST = 1.15


def test_transport(ground: Ground) -> None:
    """Neither ledger nor telemetry: the worker is Celery's in both."""
    rounds = alternate(
        {
            "ours": partial(measure, ground, partial(bare, BENCH_TRANSPORT=OURS)),
            "peer": partial(measure, ground, bare),
        },
        15,
    )
    ratio = spread(
        [one["ours"].tasks_per_s / one["peer"].tasks_per_s for one in rounds]
    )
    cpu = [one["ours"].cpu_us / one["peer"].cpu_us for one in rounds]
    met = ratio["median"] >= LEAST
    write_result(
        "transport",
        {
            "pairs": [{k: asdict(v) for k, v in one.items()} for one in rounds],
            "ratio": ratio,
            "cpu_ratio": spread(cpu),
            "bar": LEAST,
            "met": met,
        },
    )

    assert met, ratio
