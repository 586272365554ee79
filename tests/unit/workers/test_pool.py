"""The pool of children, and what it watches."""

import os
from types import SimpleNamespace
from typing import Any

from workers.pool import GuardedPool


class Hub:
    """Keeps what it is told to watch."""

    def __init__(self) -> None:
        self.readers: list[Any] = []

    def add_reader(self, descriptor: Any, *_: Any) -> None:
        """Take a descriptor, as the event loop does."""
        self.readers.append(descriptor)


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
