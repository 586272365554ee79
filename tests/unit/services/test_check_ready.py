"""Readiness waits for nobody."""

import threading
from collections.abc import Iterator

import pytest

from airq_cron.clock import SystemClock
from airq_cron.services import check_ready
from airq_cron.services.check_ready import Readiness


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Give what a hanging part waits for; patience is short."""
    monkeypatch.setattr(check_ready, "PATIENCE_S", 0.1)
    release = threading.Event()
    yield release
    release.set()


def test_nothing_is_missing_when_all_answer():
    """Parts that return are ready."""
    assert {} == Readiness({"database": lambda: 1, "redis": lambda: None}).missing()


def test_a_part_that_raises_is_missing_with_its_reason():
    """An error of a part is its reason."""

    def fail() -> None:
        raise ConnectionError("refused")

    ready = Readiness({"database": lambda: 1, "redis": fail})

    assert {"redis": "refused"} == ready.missing()


def test_a_part_that_hangs_is_missing_in_time(stuck: threading.Event):
    """The answer comes when patience ends, not when the part lets go."""
    ready = Readiness({"database": stuck.wait, "redis": lambda: 1})
    clock = SystemClock()
    began = clock.monotonic()

    assert {"database": "no answer within 0.1 s"} == ready.missing()
    assert clock.monotonic() - began < 5


def test_a_hanging_part_is_not_asked_again(stuck: threading.Event):
    """However often readiness is asked, one thread a part is all it costs."""
    asked: list[int] = []

    def hang() -> None:
        asked.append(1)
        stuck.wait()

    ready = Readiness({"database": hang})
    for _ in range(3):
        ready.missing()

    assert [1] == asked


def test_a_part_that_lets_go_is_ready_again(stuck: threading.Event):
    """After the hang the part is asked anew."""
    ready = Readiness({"database": stuck.wait})
    ready.missing()
    stuck.set()
    ready.missing()

    assert {} == ready.missing()
    assert ["database"] == ready.names
