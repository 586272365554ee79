"""The pool of children, and what it watches."""

import os
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest
from billiard.pool import CLOSE, ApplyResult

from workers.pool import DYING_S, GuardedPool


class Hub:
    """Keeps what it is told to watch."""

    def __init__(self) -> None:
        self.readers: list[Any] = []
        self.removed: list[Any] = []
        self.later: list[tuple[float, Any]] = []

    def add_reader(self, descriptor: Any, *_: Any) -> None:
        """Take a descriptor, as the event loop does."""
        self.readers.append(descriptor)

    def remove(self, descriptor: Any) -> None:
        """Forget a descriptor."""
        self.removed.append(descriptor)

    def call_later(self, delay_s: float, callback: Any) -> None:
        """Take what is to be done later."""
        self.later.append((delay_s, callback))


def watched(child: Any) -> list[Any]:
    """Return what the event loop is given for *child* when the worker reconnects."""
    hub = Hub()
    GuardedPool._track_child_process(GuardedPool.__new__(GuardedPool), child, hub)
    return hub.readers


def test_a_child_that_is_gone_is_not_watched_again() -> None:
    """Celery would give None to the event loop, and the worker would exit."""
    assert [] == watched(SimpleNamespace(_sentinel_poll=None))


def test_a_child_that_lives_is_watched_by_the_same_descriptor() -> None:
    """After a reconnect nothing new is opened."""
    assert [7] == watched(SimpleNamespace(_sentinel_poll=7))


def test_a_new_child_is_watched() -> None:
    """By a copy of its sentinel, which outlives the original."""
    sentinel, other = os.pipe()
    child = SimpleNamespace(_popen=SimpleNamespace(sentinel=sentinel))

    readers = watched(child)

    assert [child._sentinel_poll] == readers
    assert sentinel not in readers
    for descriptor in (sentinel, other, child._sentinel_poll):
        os.close(descriptor)


def test_a_dying_child_is_looked_at_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have closed its files and not ended yet."""
    pool, hub = GuardedPool.__new__(GuardedPool), Hub()
    looks: list[str] = []
    monkeypatch.setattr(pool, "maintain_pool", lambda: looks.append("look"))
    descriptor = os.dup(0)

    pool._event_process_exit(hub, SimpleNamespace(_sentinel_poll=descriptor))
    (delay_s, again), *_ = hub.later
    again()

    assert ["look"] * 2 == looks
    assert DYING_S == delay_s
    assert [descriptor] == hub.removed


def child(*, lives: bool) -> SimpleNamespace:
    """Return what the pool asks of a child that is alive, or not."""
    return SimpleNamespace(inqW_fd=7, _is_alive=lambda: lives)


@pytest.mark.parametrize(
    ("given_to", "known"),
    [(None, False), (child(lives=True), True), (child(lives=False), False)],
    ids=["nobody", "a child", "a child that has died"],
)
def test_what_a_child_has_is_known_until_its_end(
    given_to: SimpleNamespace | None, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its lease would not be renewed, nor its result be read."""
    pool: Any = GuardedPool.__new__(GuardedPool)
    pool._cache, pool._state, pool.synack = {}, CLOSE, False
    pool.outbound_buffer = deque()
    pool._active_writers = pool._active_writes = pool._busy_workers = set()
    monkeypatch.setattr(pool, "maintain_pool", lambda: None)
    job: Any = ApplyResult(pool._cache, None)
    job._write_to = given_to

    pool.flush()

    assert ({job._job: job} if known else {}) == pool._cache
