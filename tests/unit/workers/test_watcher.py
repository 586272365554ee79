"""The thread in beat that watches, where no dead worker can stop it."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from airq_cron.domain.flip import Flip
from airq_cron.ports import FlipFilter
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import MemoryQueues
from tests.conftest import WaitUntil


@pytest.fixture
def watcher(system: System) -> Iterator[Any]:
    """Give a watcher that looks without a pause."""
    found = importlib.import_module("workers.watcher").Watcher(system, every_s=0.01)
    yield found
    found.stop()
    found.join(10)
    assert not found.is_alive()


def find(store: SqlStore) -> list[Flip]:
    with store.read() as unit:
        where = FlipFilter(kind="broker_lost")
        return unit.flips.find(where, limit=9, after=None)


def test_it_raises_an_alert_without_any_worker(
    watcher: Any, system: System, store: SqlStore, wait_until: WaitUntil
) -> None:
    """And clears it when Redis is back."""
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.broken = True
    watcher.start()
    wait_until(lambda: find(store), "an alert")
    queues.broken = False
    wait_until(lambda: not find(store)[0].is_open, "its end")

    assert 1 == len(find(store))
