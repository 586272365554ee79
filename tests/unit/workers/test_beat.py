"""Beat's own turns, without Celery's loop around them."""

import importlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airq_cron.domain.run import State
from airq_cron.ports import Message
from airq_cron.services.tick import LIMIT
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import START, FakeClock, RecordingDispatcher
from tests import entries

MakeBeat = Callable[[System], Any]


@pytest.fixture
def make_beat(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MakeBeat]:
    """Give a function that returns a scheduler on a system."""
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setenv("AIRQ_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("AIRQ_VAR_DIR", str(tmp_path))
    beat = importlib.import_module("workers.beat")

    def make(system: System) -> Any:
        monkeypatch.setattr(beat, "system", system)
        return beat.LedgerScheduler(
            importlib.import_module("workers.app").app, lazy=True
        )

    yield make
    root.setLevel(level)


def test_without_recovery_retries_still_come(
    make_beat: MakeBeat, system: System, store: SqlStore, clock: FakeClock
) -> None:
    """A run that waits for its next attempt is no lost one."""
    retry = entries.run(1, state=State.WAITING, not_before=clock.now())
    entries.enter(store, retry)
    settings = replace(system.settings, automatic_recovery=False)
    without = replace(system, settings=settings)
    vars(without).update(
        {name: vars(system)[name] for name in ("dispatcher", "queues", "heartbeats")}
    )

    make_beat(without).tick()

    dispatcher = system.dispatcher
    assert isinstance(dispatcher, RecordingDispatcher)
    assert retry.id in dispatcher.ids


class StampingDispatcher(RecordingDispatcher):
    """Says when it last sent something, another instant each time."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Keep the messages, and the instant."""
        super().publish(messages)
        self.last_sent_at = START + len(self.published) * timedelta(seconds=1)


@pytest.mark.parametrize(("sends", "planned"), [(True, LIMIT + 1), (False, LIMIT)])
def test_a_beat_plans_on_while_it_sends(
    make_beat: MakeBeat,
    system: System,
    store: SqlStore,
    clock: FakeClock,
    *,
    sends: bool,
    planned: int,
) -> None:
    """More than one transaction takes is due; with a broken broker it sweeps first."""
    due = clock.now()
    cursor = due - timedelta(minutes=1)
    jobs = [
        entries.job(f"job-{number:03}", cursor=cursor, next_due_at=due)
        for number in range(LIMIT + 1)
    ]
    for job in jobs:
        store.write(lambda unit, job=job: unit.jobs.add(job))  # type: ignore[misc]
    dispatcher = StampingDispatcher()
    dispatcher.broken = not sends
    vars(system).update(dispatcher=dispatcher)

    make_beat(system).tick()

    with store.read() as unit:
        ours = [job for job in unit.jobs.all() if job.name.startswith("job-")]
        times = [job.next_due_at for job in ours]
    assert planned == sum(at is not None and at > due for at in times)


def test_a_tick_gives_up_before_a_lease_can_run_out(
    make_beat: MakeBeat, system: System, store: SqlStore, clock: FakeClock
) -> None:
    """Else one that comes through after an outage would take back what is held."""
    due = entries.job(cursor=clock.now(), next_due_at=clock.now())
    store.write(lambda unit: unit.jobs.add(due))
    began_s = clock.monotonic()

    with closing(sqlite3.connect(system.settings.sqlite_path)) as other:
        other.execute("BEGIN IMMEDIATE")
        make_beat(system).tick()

    waited_s = clock.monotonic() - began_s
    assert 1 < waited_s < entries.LEASE.total_seconds() / 2
