"""Real supervisord over programs that only wait: what comes back, what stops."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from airq_cron.cli.instance import MARK, Layout, sweep
from airq_cron.clock import SystemClock
from tests.conftest import ROOT, WaitUntil

STANDIN = Path(__file__).with_name("standin.py")
NAMES = {"supervisor", "ground", "process"}


class Standin:
    """One `standin.py` and what it started."""

    def __init__(self, var: Path) -> None:
        self.layout = Layout(var)
        self.process: subprocess.Popen[str] | None = None
        self._mark = {MARK: str(var)}

    def start(self, manner: str = "POLITE") -> None:
        """Start it, and wait until its supervisor runs."""
        self.process = subprocess.Popen(
            [sys.executable, str(STANDIN), str(self.layout.var), manner],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **self._mark},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert "started\n" == self.line()

    def line(self) -> str:
        """Read one line of its output."""
        assert self.process is not None
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def pids(self) -> dict[str, int]:
        """Return what runs under it, by the name of the program."""
        found = {}
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                environment = process.environ()
                if self._mark.items() <= environment.items():
                    name = environment.get("SUPERVISOR_PROCESS_NAME", process.name())
                    found[name] = process.pid
        return {name: pid for name, pid in found.items() if name in NAMES}

    def is_complete(self) -> bool:
        """Say whether the supervisor and both programs run."""
        return set(self.pids()) == NAMES

    def is_deaf(self) -> bool:
        """Say whether a program has said that it ignores SIGTERM."""
        return any("deaf" in path.read_text() for path in self.layout.log.glob("*"))


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    """Give one that is not started yet; nothing of it stays."""
    made = Standin(tmp_path / "var")
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait()
        if made.process.stdout is not None:
            made.process.stdout.close()
    sweep(made.layout, patience_s=0)


def test_sigterm_stops_everything(standin: Standin, wait_until: WaitUntil) -> None:
    """Programs that obey are gone before anybody has to be killed."""
    standin.start()
    wait_until(standin.is_complete, "both programs run")
    clock = SystemClock()
    began = clock.monotonic()

    assert standin.process is not None
    standin.process.terminate()

    assert "stopped 0\n" == standin.line()
    assert clock.monotonic() - began < 7
    assert {} == standin.pids()


def test_a_program_that_ignores_sigterm_is_gone_within_ten_seconds(
    standin: Standin, wait_until: WaitUntil
) -> None:
    """Whatever a process does, `airq up` keeps its promise."""
    standin.start("DEAF")
    wait_until(standin.is_complete, "both programs run")
    wait_until(standin.is_deaf, "one ignores SIGTERM")
    clock = SystemClock()
    began = clock.monotonic()

    assert standin.process is not None
    standin.process.terminate()
    standin.line()

    # Twice the promise: other tests run on the same two cores.
    assert 7 < clock.monotonic() - began < 20
    assert {} == standin.pids()


def test_a_killed_program_comes_back(standin: Standin, wait_until: WaitUntil) -> None:
    """The supervisor starts it again."""
    standin.start()
    wait_until(standin.is_complete, "both programs run")
    first = standin.pids()["process"]

    psutil.Process(first).kill()

    wait_until(
        lambda: standin.pids().get("process") not in {None, first},
        "a new process took its place",
    )


def test_a_killed_supervisor_comes_back(
    standin: Standin, wait_until: WaitUntil
) -> None:
    """Its programs end with it, and a new one starts new ones."""
    standin.start()
    wait_until(standin.is_complete, "both programs run")
    first = standin.pids()

    psutil.Process(first["supervisor"]).kill()

    wait_until(
        lambda: standin.is_complete() and not set(first.values()) & _pids(standin),
        "three new processes took their places",
    )


def test_nothing_outlives_a_killed_instance(
    standin: Standin, wait_until: WaitUntil
) -> None:
    """No orphan holds the ports or the data."""
    standin.start()
    wait_until(standin.is_complete, "both programs run")

    standin.kill()

    wait_until(lambda: not standin.pids(), "everything stopped by itself")


def test_nothing_outlives_an_instance_killed_with_its_supervisor(
    standin: Standin, wait_until: WaitUntil
) -> None:
    """Not even then do programs stay."""
    standin.start()
    wait_until(standin.is_complete, "both programs run")

    psutil.Process(standin.pids()["supervisor"]).suspend()
    standin.kill()
    psutil.Process(standin.pids()["supervisor"]).kill()

    wait_until(lambda: not standin.pids(), "everything stopped by itself")


def test_the_next_instance_waits_for_a_killed_one(
    standin: Standin, wait_until: WaitUntil
) -> None:
    """The directory is never shared, and never lost."""
    standin.start()
    wait_until(standin.is_complete, "both programs run")
    first = _pids(standin)
    standin.kill()
    if standin.process is not None and standin.process.stdout is not None:
        standin.process.stdout.close()

    standin.start()

    wait_until(standin.is_complete, "both programs run again")
    assert not first & _pids(standin)


def _pids(standin: Standin) -> set[int]:
    return set(standin.pids().values())
