"""Beat's own turns, without Celery's loop around them."""

import importlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airq_cron.config import Secret, load
from airq_cron.domain.run import State
from airq_cron.store.store import SqlStore
from airq_cron.system import System, build
from airq_cron.testing import FakeClock, RecordingDispatcher
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


def test_a_tick_gives_up_before_a_lease_can_run_out(
    make_beat: MakeBeat, tmp_path: Path
) -> None:
    """Else one that comes through after an outage would take back what is held."""
    clock = FakeClock()
    nowhere = Secret("postgresql://nobody@127.0.0.1:1/nothing")
    settings = load({}, var_dir=tmp_path, database_url=nowhere)

    make_beat(build(settings, clock)).tick()

    assert clock.monotonic() < entries.LEASE.total_seconds() / 2
