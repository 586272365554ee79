"""`airq top`: one look for pipes, again and again for a terminal."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from airq_cron.cli.printing import console
from airq_cron.cli.top import ROWS, document, draw, look
from airq_cron.domain.job import Queue
from airq_cron.ports import Heartbeat, QueueState
from airq_cron.system import System
from airq_cron.testing import MemoryHeartbeats, MemoryQueues
from tests import entries
from tests.unit.cli.conftest import Person

MINUTE = timedelta(minutes=1)
DETAIL = {
    "host": "h",
    "queues": ["data-fetch"],
    "children": 2,
    "busy": 1,
    "cpu_percent": 12.4,
    "rss_bytes": 200 * 2**20,
    "machine": {"load_1m": 0.7},
}
SECTIONS = ["Queues", "Processes", "Running", "Newest"]


@pytest.fixture
def lively(system: System, monkeypatch: pytest.MonkeyPatch) -> System:
    """Give a system with a worker that works, a backlog, and runs of all kinds."""
    now = system.clock.now()
    system.heartbeats.beat(Heartbeat("w1@h", "worker", now, DETAIL), MINUTE)
    system.heartbeats.beat(Heartbeat("beat@h", "beat", now, {}), MINUTE)
    waiting = [QueueState(one.value, 7 * (one == "data-fetch"), None) for one in Queue]
    vars(system).update(queues=MemoryQueues(waiting))
    store = system.store
    first, *_ = entries.enter(store, *(entries.run(minute) for minute in range(15)))
    entries.claim(store, first, owner="w1@h:17")
    monkeypatch.setattr("airq_cron.cli.top.open_system", lambda: system)
    return system


def seen(system: System, width: int) -> list[str]:
    """Return the lines of a screen of so many columns."""
    out = Console(file=StringIO(), width=width)
    with out.capture() as captured:
        out.print(draw(look(system)))
    return captured.get().splitlines()


def test_a_pipe_gets_one_look(person: Person, lively: System):
    """With every section, and no colours."""
    del lively
    result = person.types("top")

    assert 0 == result.exit_code
    assert result.stdout.startswith("airq top at 2026-03-01 12:00:30Z")
    assert SECTIONS == [one for one in result.stdout.splitlines() if one in SECTIONS]
    assert "\x1b" not in result.stdout


def test_processes_and_runs_are_told(lively: System):
    """Who works, at what, and what they use."""
    lines = [" ".join(line.split()) for line in seen(lively, 160)]

    (worker,) = (one for one in lines if one.startswith("w1@h worker"))
    assert "1 of 2 12 % 200 MiB 0.7" in worker
    (beat,) = (one for one in lines if one.startswith("beat@h beat"))
    assert "beat - - - -" in beat
    (running, *_) = (one for one in lines if " running " in one)
    assert running.startswith("a-job ")
    assert "w1@h:17" in running


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_row_stays_on_one_line(lively: System, width: int):
    """However narrow: a screen that wraps cannot be read."""
    lines = seen(lively, width)
    head, queues, processes, runs = 1, len(Queue), 2, 1 + ROWS

    assert head + 4 * 3 + queues + processes + runs == len(lines)
    assert width >= max(map(len, lines))


def test_json_holds_the_same(person: Person, lively: System):
    """One document, and what it shows is bounded."""
    found: dict[str, Any] = person.reads("top")

    assert document(look(lively)) == found
    assert ["beat@h", "w1@h"] == [one["name"] for one in found["processes"]]
    assert (1, ROWS) == (len(found["running"]), len(found["newest"]))
    assert list(Queue) == [one["name"] for one in found["queues"]]


def test_a_terminal_is_shown_it_until_somebody_stops_it(
    person: Person, lively: System, monkeypatch: pytest.MonkeyPatch
):
    """What does not answer is said; the next look may find it again."""
    out = Console(file=StringIO(), force_terminal=True, width=200, height=40)
    monkeypatch.setattr("airq_cron.cli.top.console", lambda: out)
    heartbeats = lively.heartbeats
    assert isinstance(heartbeats, MemoryHeartbeats)
    looks: list[bool] = []

    def wait(_seconds: float) -> None:
        looks.append(heartbeats.broken)
        heartbeats.broken = not heartbeats.broken
        if len(looks) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(lively.clock, "wait", wait)
    result = person.types("top --every 0.5")
    assert isinstance(out.file, StringIO)
    shown = out.file.getvalue()

    assert (0, [False, True, False]) == (result.exit_code, looks)
    assert 2 <= shown.count("airq top at")
    assert 1 == shown.count("start it, or correct the address")


@pytest.mark.parametrize("seconds", ["0", "0.4", "61", "often"])
def test_a_pause_is_bounded(person: Person, seconds: str):
    """Neither a busy loop nor a screen that seems to stand still."""
    result = person.types(f"top --every {seconds}")

    assert 2 == result.exit_code
    assert "--every" in result.stderr


def test_without_a_broker_it_says_what_to_do(person: Person):
    """In one line, as every command does."""
    result = person.types("top")

    assert 2 == result.exit_code
    assert "start everything with: airq up" in result.stderr
    assert not console().is_terminal
