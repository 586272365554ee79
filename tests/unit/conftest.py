"""A whole system without a broker: a real database file, and fakes around it."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airq_cron.breaker.fallback import FallbackStorage
from airq_cron.breaker.memory import MemoryBreakerStorage
from airq_cron.config import load
from airq_cron.ports import Store
from airq_cron.services.seed import seed
from airq_cron.system import System, build
from airq_cron.testing import (
    FakeClock,
    FakeProvider,
    MemoryCounters,
    MemoryHeartbeats,
    MemoryLookout,
    MemoryQueues,
    MemorySnapshots,
    RecordingDispatcher,
)

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the database of a new installation once."""
    var = tmp_path_factory.mktemp("seeded")
    system = build(load({}, var_dir=var), FakeClock(NOW))
    system.store.migrate()
    seed(system.store, default_provider="open-meteo", locations=None)
    system.store.dispose()
    return system.settings.sqlite_path


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that stands still on a Sunday at noon."""
    return FakeClock(NOW)


@pytest.fixture
def system(tmp_path: Path, seeded_file: Path, clock: FakeClock) -> System:
    """Give a system with a database of its own and nothing else real."""
    shutil.copy(seeded_file, tmp_path)
    system = build(load({}, var_dir=tmp_path), clock, patience_s=0.2)
    queues, heartbeats = MemoryQueues(), MemoryHeartbeats(clock)
    counters = MemoryCounters()
    vars(system).update(
        dispatcher=RecordingDispatcher(),
        queues=queues,
        heartbeats=heartbeats,
        counters=counters,
        lookout=MemoryLookout(queues, heartbeats, counters),
        snapshots=MemorySnapshots(),
        breaker_storage=FallbackStorage(
            MemoryBreakerStorage(clock), MemoryBreakerStorage(clock)
        ),
        providers={"open-meteo": FakeProvider()},
    )
    return system


@pytest.fixture
def store(system: System) -> Store:
    """Give the database of a new installation."""
    return system.store
