"""
What the ledger costs: runs and parts against plain Celery tasks.

A run is planned by a tick of beat, published, claimed and finished; its peer is
published and done. A part is one of a run that splits; its peer is one of the tasks
that a Celery task publishes. Both have a worker of two children.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

from airq_cron.services.tick import tick
from tests.bench.bare_ground import publish_fan_out, publish_tasks, stock_celery
from tests.bench.late_runs import (
    OF_EACH_JOB,
    count_done,
    enter_fan_out,
    enter_late_jobs,
    ledger_worker,
)
from tests.bench.noop_ground import TASKS, Ground, bare
from tests.bench.result import spread, write_result
from tests.bench.rounds import alternate
from tests.databases import Database
from tests.entries import switch_off_jobs
from tests.integration.nodes import ProcessBox

WARM_UP = 2 * OF_EACH_JOB
LEAST = {"runs": 0.5, "parts": 0.8}


@dataclass(frozen=True)
class Rates:
    """Runs and parts a second, and what each took of worker's and Valkey's time."""

    runs: float
    parts: float
    run_cpu_us: float
    part_cpu_us: float


def test_ledger_run(ledger_ground: Ground, database: Database) -> None:
    """Alternate ours and bare Celery; runs first, then one fan-out."""
    rounds = alternate(
        {"ours": partial(ours, ledger_ground), "peer": partial(peer, ledger_ground)}
    )
    ratio = {
        name: spread(
            [getattr(one["ours"], name) / getattr(one["peer"], name) for one in rounds]
        )
        for name in LEAST
    }
    met = {name: ratio[name]["median"] >= least for name, least in LEAST.items()}
    write_result(
        f"ledger-run-{database.kind}",
        {
            "database": database.kind,
            "tasks": TASKS,
            "pairs": [{k: asdict(v) for k, v in one.items()} for one in rounds],
            "ratio": ratio,
            "bar": LEAST,
            "met": met,
        },
    )

    assert all(met.values()), ratio


def ours(ground: Ground) -> Rates:
    """Let beat's own tick plan runs, and our worker do them."""
    ground.client.flushall()
    system = ground.system
    publish = partial(tick, system.store, system.dispatcher)
    with ledger_worker(ground) as box:
        enter_late_jobs(ground, WARM_UP)
        _time(ground, box, publish)
        warm = count_done(ground)
        enter_late_jobs(ground, TASKS)
        run_s, run_cpu_s = _time(ground, box, publish)
        runs_done = count_done(ground) - warm
        enter_fan_out(ground, TASKS)
        part_s, part_cpu_s = _time(ground, box, publish)
    parts_done = count_done(ground) - warm - runs_done - 1
    assert TASKS == parts_done
    return _rates(runs_done, run_s, run_cpu_s, part_s, part_cpu_s)


def peer(ground: Ground) -> Rates:
    """Let bare Celery do as many tasks."""
    ground.client.flushall()
    with bare(ground) as (box,), stock_celery(ground) as app:
        _time(ground, box, partial(publish_tasks, app, WARM_UP))
        run_s, run_cpu_s = _time(ground, box, partial(publish_tasks, app, TASKS))
        part_s, part_cpu_s = _time(ground, box, partial(publish_fan_out, app, TASKS))
    return _rates(TASKS, run_s, run_cpu_s, part_s, part_cpu_s)


def _rates(
    count: int, run_s: float, run_cpu_s: float, part_s: float, part_cpu_s: float
) -> Rates:
    return Rates(
        runs=round(count / run_s, 1),
        parts=round(TASKS / part_s, 1),
        run_cpu_us=round(run_cpu_s / count * 1e6),
        part_cpu_us=round(part_cpu_s / TASKS * 1e6),
    )


def _time(
    ground: Ground, box: ProcessBox, publish: Callable[[], object]
) -> tuple[float, float]:
    """Publish, and wait until all is done; return seconds, and those of processors."""
    clock = ground.system.clock
    began_s, cpu_s = clock.monotonic(), ground.cpu_s(box)
    publish()
    ground.wait_until(lambda: ground.left() == 0, "all is done", timeout_s=120)
    took = clock.monotonic() - began_s, ground.cpu_s(box) - cpu_s
    # What is due again a second later is none of this.
    switch_off_jobs(ground.system.store)
    return took
