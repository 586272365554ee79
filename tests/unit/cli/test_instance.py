"""The directory of an instance: layout, record, lock."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from airq_cron.cli import instance
from airq_cron.cli.instance import Instance, Layout
from airq_cron.clock import SystemClock
from airq_cron.errors import ConfigError, ConflictError

CLOCK = SystemClock()
RECORD = Instance(
    pid=1,
    started_at="2026-11-23T00:00:00Z",
    api="http://127.0.0.1:3000",
    provider="sandbox",
    data_dir="/srv/air/sandbox",
    redis_url="unix:///srv/air/run/valkey.sock?db=0",
    database_url="sqlite:////srv/air/sandbox/airq.db",
    open_meteo_url="http://127.0.0.1:4000",
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Give a prepared directory."""
    layout = Layout(tmp_path / "var")
    layout.prepare()
    return layout


def test_the_directory_is_for_its_owner_alone(layout: Layout) -> None:
    """Tokens, sockets and data lie there."""
    assert 0o700 == layout.var.stat().st_mode & 0o777
    assert 0o700 == layout.sockets.stat().st_mode & 0o777


def test_a_directory_that_was_open_is_closed(layout: Layout) -> None:
    """An existing directory gets the right mode as well."""
    layout.var.chmod(0o755)

    layout.prepare()

    assert 0o700 == layout.var.stat().st_mode & 0o777


def test_a_directory_that_cannot_be_made_is_a_wrong_setting(tmp_path: Path) -> None:
    """A file stands where the directory should be."""
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match=r"^AIRQ_VAR_DIR: cannot be used"):
        Layout(tmp_path / "file" / "var").prepare()


def test_sockets_of_a_deep_directory_have_a_short_path(tmp_path: Path) -> None:
    """A socket's path may have about 100 bytes, whatever the directory."""
    deep = Layout(tmp_path.joinpath(*["directory"] * 12))

    assert len(os.fsencode(deep.sockets)) < 86
    assert deep.sockets != Layout(deep.var / "other").sockets


def test_a_record_is_private_and_read_back(layout: Layout) -> None:
    """Other commands find the addresses of the running instance."""
    with instance.hold(layout, CLOCK):
        instance.write_record(layout, RECORD)

        assert RECORD == instance.running(layout.var)
        assert 0o600 == layout.record.stat().st_mode & 0o777


def test_a_record_is_replaced(layout: Layout) -> None:
    """A second start writes over what a killed one left."""
    instance.write_record(layout, RECORD)
    instance.write_record(layout, replace(RECORD, pid=2))

    assert 2 == json.loads(layout.record.read_text())["pid"]


def test_a_record_without_its_lock_is_no_instance(layout: Layout) -> None:
    """After a kill the record stays, but nobody holds the lock."""
    instance.write_record(layout, RECORD)

    assert instance.running(layout.var) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": 1}', "\x00"])
def test_a_broken_record_is_no_instance(layout: Layout, text: str) -> None:
    """Whatever stands in the file, a command goes on without it."""
    layout.record.write_text(text)

    with instance.hold(layout, CLOCK):
        assert instance.running(layout.var) is None


def test_no_directory_is_no_instance(tmp_path: Path) -> None:
    """A command may be the first to name a directory."""
    assert instance.running(tmp_path / "nowhere") is None


def test_a_second_holder_is_refused_with_the_pid(layout: Layout) -> None:
    """The message says who runs there, so that one knows what to stop."""
    with (
        instance.hold(layout, CLOCK),
        pytest.raises(ConflictError, match=rf"already running on .*pid {os.getpid()}"),
        instance.hold(layout, CLOCK),
    ):
        pytest.fail("held twice")


def test_the_lock_is_free_again_afterwards(layout: Layout) -> None:
    """Two instances may follow each other."""
    for _ in range(2):
        with instance.hold(layout, CLOCK) as held:
            assert held.fd > 2


def test_a_supervisor_left_behind_is_stopped_and_waited_for(layout: Layout) -> None:
    """It inherited the lock from an instance that was killed."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with instance.hold(layout, CLOCK) as held:
        stale = subprocess.Popen(["sleep", "60"], pass_fds=(held.fd,))
        held.note(pid=gone.pid, supervisor=stale.pid)

    with instance.hold(layout, CLOCK):
        assert -15 == stale.wait(5)


def test_what_carries_the_mark_of_the_directory_is_swept(layout: Layout) -> None:
    """Programs of a killed instance are known by their environment."""
    ours = _sleeper(layout.var)
    other = _sleeper(layout.var / "elsewhere")

    count = instance.sweep(layout)

    assert 1 == count
    assert ours.poll() is not None
    assert other.poll() is None
    other.kill()
    other.wait()


def test_what_ignores_sigterm_is_killed(layout: Layout) -> None:
    """A program that does not stop does not stay either."""
    deaf = subprocess.Popen(
        ["sh", "-c", "trap '' TERM; echo set; sleep 60 & wait; wait"],
        env={instance.MARK: str(layout.var), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
    )
    assert deaf.stdout is not None
    deaf.stdout.readline()

    instance.sweep(layout, patience_s=0.1)

    assert deaf.poll() is not None
    deaf.stdout.close()


def _sleeper(var: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["sleep", "60"], env={instance.MARK: str(var)})
