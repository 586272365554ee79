"""How the processes of the API share the callers that come at once."""

import errno
from types import SimpleNamespace
from typing import Any

import pytest

from api import serving


@pytest.mark.parametrize(
    ("connections", "processes", "waits"),
    [(0, 2, []), (1, 2, [serving.COURTESY_S]), (1, 1, [])],
)
def test_a_process_with_connections_leaves_a_new_one_to_others(
    monkeypatch: pytest.MonkeyPatch,
    connections: int,
    processes: int,
    waits: list[float],
):
    """One that took all was a third as fast; alone or idle, it takes one at once."""
    done: list[Any] = []

    def take() -> None:
        done.append("asked")
        raise OSError(errno.EAGAIN, "another process was first")

    monkeypatch.setattr(serving, "CLOCK", SimpleNamespace(wait=done.append))
    worker = serving.BoundedWorker.__new__(serving.BoundedWorker)
    worker.nr_conns = connections
    worker.cfg = SimpleNamespace(workers=processes)

    worker.accept(SimpleNamespace(accept=take))

    assert [*waits, "asked"] == done
    assert connections == worker.nr_conns
