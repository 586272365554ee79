"""The process that prepares the database for `airq up`, and asks who is ready."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from airq_cron.cli import preparing, processes, readiness
from airq_cron.cli.plan import Plan
from airq_cron.cli.preparing import DATABASE, Preparation
from airq_cron.config import Settings, load
from airq_cron.errors import AirqError, ConfigError, StoreError
from tests.conftest import WaitUntil

PROGRAMS = (processes.web("127.0.0.1", 1), processes.beat())


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Return a plan of an API and a beat, which nobody starts."""
    return Plan(load({}, var_dir=tmp_path), PROGRAMS, ())


@pytest.fixture
def ready_when_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Have a program be ready when a file of its name is in this directory."""
    monkeypatch.setattr(
        readiness,
        "checks",
        lambda plan, *_: {
            one.name: (tmp_path / one.name).exists for one in plan.programs
        },
    )
    return tmp_path


@pytest.fixture
def preparation(
    plan: Plan, ready_when_there: Path, wait_until: WaitUntil
) -> Iterator[Preparation]:
    """Return a preparation whose database is ready."""
    with Preparation(plan, ready_when_there / "admin.token") as found:
        wait_until(lambda: found.ready() == [DATABASE], "the database is ready")
        assert found.secret
        yield found


def pid_of(preparation: Preparation) -> int:
    """Return the process that works for it now."""
    pid = preparation._process.pid
    assert pid is not None
    return pid


def test_each_program_is_told_once(
    preparation: Preparation, ready_when_there: Path, wait_until: WaitUntil
) -> None:
    """As soon as it is ready; the process ends with the last one."""
    pid = pid_of(preparation)
    assert [] == preparation.ready()
    (ready_when_there / "beat").touch()
    wait_until(lambda: preparation.ready() == ["beat"], "the beat is ready")
    assert [] == preparation.ready()
    assert ["api"] == preparation.waiting

    (ready_when_there / "api").touch()
    wait_until(lambda: preparation.ready() == ["api"], "the API is ready")

    assert [] == preparation.waiting
    assert not psutil.pid_exists(pid)


def test_one_that_dies_while_it_asks_is_replaced(
    preparation: Preparation, ready_when_there: Path, wait_until: WaitUntil
) -> None:
    """The other one tells nothing twice, and the secret stays."""
    secret = preparation.secret
    (ready_when_there / "beat").touch()
    wait_until(lambda: preparation.ready() == ["beat"], "the beat is ready")
    first = pid_of(preparation)
    os.kill(first, signal.SIGKILL)
    wait_until(
        lambda: preparation.ready() == [] and pid_of(preparation) != first,
        "another one asks",
    )

    (ready_when_there / "api").touch()

    wait_until(lambda: preparation.ready() == ["api"], "the API is ready")
    assert [] == preparation.waiting
    assert secret == preparation.secret


def test_those_that_die_again_and_again_are_an_error(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """A question that fails would fail for ever, ten times a second."""

    def fail(*_: object) -> None:
        raise ValueError("nobody can read this heartbeat")

    monkeypatch.setattr(readiness, "checks", fail)
    with (
        Preparation(plan, tmp_path / "admin.token") as preparation,
        pytest.raises(AirqError, match="again and again"),
    ):
        wait_until(lambda: preparation.ready() == ["beat"], "it fails")


def test_ctrl_c_is_left_to_the_parent(
    preparation: Preparation, ready_when_there: Path, wait_until: WaitUntil
) -> None:
    """A terminal sends it to both; the one that asks goes on until it is ended."""
    first = pid_of(preparation)
    os.kill(first, signal.SIGINT)
    (ready_when_there / "beat").touch()
    wait_until(lambda: preparation.ready() == ["beat"], "the beat is ready")

    assert first == pid_of(preparation)


def test_what_fails_in_it_is_raised_here(
    plan: Plan, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """With its class and its fields, as if it were no other process."""
    (tmp_path / "instance.key").write_text("no key", encoding="utf-8")
    with (
        Preparation(plan, tmp_path / "admin.token") as preparation,
        pytest.raises(ConfigError, match=r"instance\.key"),
    ):
        wait_until(preparation.ready, "the database is ready")


def test_one_that_dies_before_the_database_is_ready_is_an_error(
    monkeypatch: pytest.MonkeyPatch, plan: Plan, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """Nothing waits for an answer that cannot come."""

    def die(_settings: Settings, _token: Path) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return ""

    monkeypatch.setattr(preparing, "_make_ready", die)
    with (
        Preparation(plan, tmp_path / "admin.token") as preparation,
        pytest.raises(StoreError, match="has died"),
    ):
        wait_until(preparation.ready, "the database is ready")


def test_nobody_waits_for_a_database_that_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, plan: Plan, tmp_path: Path
) -> None:
    """Whoever presses Ctrl-C meanwhile is obeyed: the process ends with the block."""

    def hang(_settings: Settings, _token: Path) -> str:
        signal.pause()
        return ""

    monkeypatch.setattr(preparing, "_make_ready", hang)
    with Preparation(plan, tmp_path / "admin.token") as preparation:
        assert [] == preparation.ready()
        pid = pid_of(preparation)

    assert not psutil.pid_exists(pid)
