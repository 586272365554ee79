"""A child is ended for one run, and for no other."""

import subprocess
from collections.abc import Iterator

import psutil
import pytest

from tests.conftest import WaitUntil
from workers.children import ActiveRun, active_runs, end_child


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that does nothing for long."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_child_is_halted_while_it_is_looked_at(
    child: subprocess.Popen[bytes], wait_until: WaitUntil
) -> None:
    """So it cannot begin another run between the look and the kill."""
    one = ActiveRun("a-run", child.pid)
    looks = 0

    def look() -> list[ActiveRun]:
        nonlocal looks
        looks += 1
        # A signal takes a moment to a process that is on the other core.
        wait_until(
            lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED,
            "the child is halted",
        )
        return [one]

    assert end_child(one, look)
    assert 1 == looks
    assert -9 == child.wait(10)


def test_a_child_that_runs_something_else_goes_on(
    child: subprocess.Popen[bytes],
) -> None:
    """It had ended that run by itself."""
    one = ActiveRun("a-run", child.pid)

    assert not end_child(one, lambda: [ActiveRun("the-next-run", child.pid)])
    assert psutil.STATUS_STOPPED != psutil.Process(child.pid).status()
    assert None is child.poll()


def test_a_failed_look_does_not_leave_a_child_halted(
    child: subprocess.Popen[bytes],
) -> None:
    """Whatever goes wrong, it is told to go on."""

    def look() -> list[ActiveRun]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        end_child(ActiveRun("a-run", child.pid), look)

    assert psutil.STATUS_STOPPED != psutil.Process(child.pid).status()


def test_a_child_that_is_gone_is_no_error() -> None:
    """It died before it could be ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait(10)

    assert not end_child(ActiveRun("a-run", process.pid), list)


def test_a_worker_that_runs_nothing_has_no_active_runs() -> None:
    """Requests that no child has taken yet do not count."""
    assert [] == active_runs()
