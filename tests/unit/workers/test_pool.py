"""The pool of children, and what it watches."""

import os
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest
from billiard.pool import CLOSE, RUN, ApplyResult

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


def child_that(*, lives: bool) -> SimpleNamespace:
    """Return what the pool asks of a child."""
    return SimpleNamespace(inqW_fd=7, _is_alive=lambda: lives)


@pytest.fixture(params=[CLOSE, RUN], ids=["stopping", "reconnecting"])
def pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a pool without children, whose consumer is about to close."""
    found: Any = GuardedPool.__new__(GuardedPool)
    found._cache, found._state, found.synack = {}, request.param, False
    found.outbound_buffer, found._busy_workers = deque(), set()
    found._active_writers, found._active_writes = set(), set()
    monkeypatch.setattr(found, "maintain_pool", lambda: None)
    return found


def sent_to(pool: Any, child: SimpleNamespace | None) -> Any:
    """Return a job of which nobody has said that it began."""
    job: Any = ApplyResult(pool._cache, None)
    job._write_to = child
    return job


def test_what_a_child_has_is_known_until_its_end(pool: Any) -> None:
    """Else its lease would not be renewed, nor its result be read."""
    job = sent_to(pool, child_that(lives=True))

    pool.flush()

    assert {job._job: job} == pool._cache
    assert {7} == pool._busy_workers


@pytest.mark.parametrize("child", [None, child_that(lives=False)])
def test_what_no_living_child_has_is_forgotten(
    pool: Any, child: SimpleNamespace | None
) -> None:
    """The broker sends it again."""
    sent_to(pool, child)

    pool.flush()

    assert (0, set()) == (len(pool._cache), pool._busy_workers)


def test_what_is_to_be_sent_again_is_forgotten(pool: Any) -> None:
    """Its child died, and has a successor with the same file descriptor."""
    pool.outbound_buffer.append(sent_to(pool, child_that(lives=True)))

    pool.flush()

    assert (0, 0) == (len(pool._cache), len(pool.outbound_buffer))


@pytest.mark.parametrize("event", ["dies", "ends it"])
def test_what_happens_meanwhile_counts(
    pool: Any, event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Celery reads what dead children have left behind."""
    child = child_that(lives=True)
    job = sent_to(pool, child)

    def happen() -> None:
        if event == "dies":
            child._is_alive = lambda: False
        else:
            job._set(None, (True, None))

    monkeypatch.setattr(pool, "maintain_pool", happen)
    pool.flush()

    assert {} == pool._cache
