"""One beat of the drill lives 3 s ahead, where libfaketime is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from airq_cron.cli import processes
from airq_cron.clock import SystemClock
from tests.chaos.faketime import AHEAD_S, bear_ahead, clock_ahead, find_faketime

TELL = "from airq_cron.clock import SystemClock as C; c = C(); print({})"


@pytest.fixture
def library() -> Path:
    """Give libfaketime, without which the drill leaves this fault out."""
    found = find_faketime()
    if found is None:
        pytest.skip("libfaketime is not installed: no clock of the drill goes ahead")
    return found


def tell(library: Path, expression: str) -> float:
    """Return what a process that lives ahead says of its clock."""
    run = subprocess.run(
        [sys.executable, "-c", TELL.format(expression)],
        env=clock_ahead(library),
        capture_output=True,
        check=True,
    )
    return float(run.stdout)


def test_its_clock_is_ahead(library: Path) -> None:
    """By three seconds, give or take its own start."""
    before = SystemClock().now().timestamp()
    told = tell(library, "c.now().timestamp()")

    assert AHEAD_S <= told - before < AHEAD_S + 2


def test_its_durations_are_true(library: Path) -> None:
    """The clock for durations is everybody's."""
    before = SystemClock().monotonic()
    told = tell(library, "c.monotonic()")

    assert 0 <= told - before < 2


def test_its_beat_is_the_same_but_for_its_sleep() -> None:
    """Nothing else of the command line is changed."""
    ours = processes.beat().argv

    assert (ours[0], "-m", "tests.chaos.ahead", *ours[3:]) == bear_ahead(
        processes.beat()
    ).argv
