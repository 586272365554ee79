"""What a second beat costs while nothing is due: processor time and statements."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event

from airq_cron.cli.session import prepare
from airq_cron.config import Secret, Settings
from airq_cron.domain.job import BUILT_IN, Job, Queue
from airq_cron.ports import Unit
from airq_cron.services.edit_job import restarted
from airq_cron.services.sweep import sweep
from airq_cron.services.tick import tick
from airq_cron.services.toggle import toggle_job
from airq_cron.system import System, build
from tests.bench.due_storm import Fleet
from tests.bench.result import write_result
from tests.conftest import WaitUntil
from tests.databases import Database, engines_of
from tests.integration.nodes import ValkeyProcess

SIZES = (5, 1000)
MEASURED_S = 20.0
# Beat wakes after half a second when nothing is due before.
TURNS_A_SECOND = 2


@pytest.fixture
def system(
    database: Database, valkey: ValkeyProcess, tmp_path: Path
) -> Iterator[System]:
    """Give a system in which none of the built-in jobs fires."""
    made = build(
        Settings(
            var_dir=tmp_path,
            redis_url=Secret(valkey.url),
            database_url=Secret(database.url),
            log_format="json",
        )
    )
    prepare(made)
    for job in BUILT_IN:
        toggle_job(made.store, job.name, enabled=False)
    yield made
    made.celery.close()
    made.store.dispose()


@pytest.mark.parametrize("jobs", SIZES)
def test_idle_beats(
    system: System, database: Database, tmp_path: Path, wait_until: WaitUntil, jobs: int
) -> None:
    """Nothing is due; the figures are kept."""
    system.store.write(partial(_add_yearly, count=jobs))
    cpu = {beats: _cpu_shares(system, tmp_path, wait_until, beats) for beats in (1, 2)}
    statements = _count_statements(system)
    write_result(
        f"idle-beats-{database.kind}-{jobs}",
        {
            "database": database.kind,
            "jobs": jobs,
            "cpu_share_of_each_beat": cpu,
            "statements_a_second_of_each_beat": statements * TURNS_A_SECOND,
        },
    )

    assert all(0 < share < 1 for shares in cpu.values() for share in shares)
    assert statements > 0


def _add_yearly(unit: Unit, count: int) -> None:
    for number in range(count):
        job = Job(
            name=f"idle-{number}",
            kind="health",
            schedule="0 0 1 1 *",
            zone="UTC",
            queue=Queue.MONITORING,
            source="person",
        )
        unit.jobs.add(restarted(job, at=unit.runs.now()))


def _cpu_shares(
    system: System, directory: Path, wait_until: WaitUntil, beats: int
) -> list[float]:
    """Return the share of one core that each of *beats* takes."""
    fleet = Fleet(system, directory, beats)
    try:
        wait_until(fleet.is_up, "the fleet is ready", timeout_s=60.0)
        # Their start is no part of what they cost.
        system.clock.wait(2.0)
        before = fleet.beat_cpu_s()
        system.clock.wait(MEASURED_S)
        after = fleet.beat_cpu_s()
    finally:
        fleet.stop()
    pairs = zip(before, after, strict=True)
    return [round((end - begin) / MEASURED_S, 4) for begin, end in pairs]


def _count_statements(system: System) -> int:
    """Return how many statements one turn of a beat sends to the database."""
    turn = partial(_turn, system)
    turn()
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        del connection, cursor
        seen.append(statement)

    engines = engines_of(system.store)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    turn()
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def _turn(system: System) -> None:
    tick(system.store, system.dispatcher)
    sweep(system.store, system.dispatcher, system.queues, take_back=True)
