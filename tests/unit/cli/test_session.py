"""What every command begins with, and how it ends when something is wrong."""

import json
import stat
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from airq_cron import errors
from airq_cron.cli.instance import Instance, Layout, hold, write_record
from airq_cron.cli.main import main
from airq_cron.cli.session import exit_code, explain, print_json, settings_here
from airq_cron.clock import SystemClock
from airq_cron.errors import (
    AirqError,
    ConfigError,
    ConflictError,
    ImportFileError,
    InvalidError,
    JobBusyError,
    NotFoundError,
    ScheduleError,
    StoreError,
    UnreachableError,
)
from tests.unit.cli.conftest import Person

RUNNING = Instance(
    pid=1,
    started_at="2026-03-01T12:00:00Z",
    api="http://127.0.0.1:3000",
    provider="sandbox",
    data_dir="",
    redis_url="unix:///run/airq/valkey.sock",
    database_url="",
    open_meteo_url="http://127.0.0.1:8090",
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("AIRQ_PORT", "must be a whole number"), 2),
        (InvalidError("zone", "unknown"), 2),
        (ScheduleError("schedule", "never fires"), 2),
        (ImportFileError("no known form"), 2),
        (UnreachableError("AIRQ_REDIS_URL", "redis://h", "refused"), 2),
        (NotFoundError("job", "nope"), 3),
        (ConflictError("taken"), 4),
        (JobBusyError("a-job", "id"), 4),
        (StoreError("away"), 1),
        (AirqError(), 1),
    ],
)
def test_the_exit_code_says_what_kind_of_error_it_was(
    error: AirqError, code: int
) -> None:
    """1 failed, 2 wrong call or setting, 3 not found, 4 refused."""
    assert code == exit_code(error)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            NotFoundError("job", "nope"),
            "unknown job: nope; see them with: airq jobs list",
        ),
        (
            NotFoundError("location", "x; add it with: airq locations add x"),
            "unknown location: x; add it with: airq locations add x",
        ),
        (
            JobBusyError("a-job", "42"),
            "a-job has an unfinished run: 42; look at it with: airq runs show 42",
        ),
        (
            ConfigError("AIRQ_REDIS_URL", "not set"),
            "AIRQ_REDIS_URL: not set; start everything with: airq up",
        ),
        (
            UnreachableError("DB", "redis://:s3cret@h", "gone"),
            "DB: cannot reach redis://:***@h: gone; start it, or correct the address",
        ),
        (StoreError("two\nlines"), "two lines"),
    ],
)
def test_an_error_is_one_line_that_ends_with_what_to_do(
    error: AirqError, line: str
) -> None:
    """No traceback, no password, no second line."""
    assert line == explain(error)


@pytest.mark.parametrize(
    "kind",
    [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, AirqError)
    ],
)
def test_every_kind_of_error_has_a_code_between_1_and_4(kind: type[AirqError]) -> None:
    """0 is for success alone."""
    error = kind.__new__(kind)

    assert exit_code(error) in {1, 2, 3, 4}


def test_an_error_of_ours_ends_the_command_with_its_line(person: Person) -> None:
    """On standard error, with nothing on standard output."""
    result = person.types("jobs show nope")

    assert (3, "") == (result.exit_code, result.stdout)
    assert "airq: unknown job: nope; see them with: airq jobs list\n" == result.stderr


def test_a_wrong_setting_is_named(person: Person) -> None:
    """A typing mistake in an environment name would pass unseen."""
    result = person.types("jobs list", env={"AIRQ_PROT": "3000"})

    assert 2 == result.exit_code
    assert "airq: AIRQ_PROT: is not a setting of airq-cron\n" == result.stderr


def test_a_database_out_of_reach_is_told_without_its_password(person: Person) -> None:
    """With the setting to correct."""
    address = "postgresql://airq:s3cret@127.0.0.1:1/airq"

    result = person.types("jobs list", env={"AIRQ_DATABASE_URL": address})

    assert 2 == result.exit_code
    assert result.stderr.startswith("airq: AIRQ_DATABASE_URL: cannot reach postgresql")
    assert "s3cret" not in result.output
    assert 1 == result.stderr.count("\n")


def test_the_first_command_makes_the_directory(tmp_path: Path) -> None:
    """For its owner alone, with the built-in jobs in the database."""
    var = tmp_path / "deep" / "var"

    result = CliRunner().invoke(main, ["jobs", "list"], env={"AIRQ_VAR_DIR": str(var)})

    assert 0 == result.exit_code
    assert "fetch-paris-data" in result.stdout
    assert 0o700 == stat.S_IMODE(var.stat().st_mode)


def test_the_database_can_be_brought_up_to_date_alone(person: Person) -> None:
    """And again."""
    for _ in range(2):
        result = person.types("db upgrade")
        assert (0, "The database is up to date.\n") == (result.exit_code, result.stdout)


def test_without_an_instance_the_directory_itself_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`airq jobs list` works before anything was started."""
    monkeypatch.setenv("AIRQ_VAR_DIR", str(tmp_path))

    found = settings_here()

    assert (tmp_path, None, "auto") == (found.var_dir, found.redis_url, found.provider)


def test_a_running_instance_says_what_to_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its database, its broker and its upstream."""
    monkeypatch.setenv("AIRQ_VAR_DIR", str(tmp_path))
    layout = Layout(tmp_path)
    layout.prepare()
    data = tmp_path / "sandbox"
    record = replace(
        RUNNING,
        data_dir=str(data),
        database_url=f"sqlite:///{data}/airq.db",
        api="http://127.0.0.1:4000",
    )

    with hold(layout, SystemClock()):
        write_record(layout, record)
        found = settings_here()

    assert (data, "unix:///run/airq/valkey.sock", "sandbox") == (
        found.var_dir, found.redis_address, found.provider
    )  # fmt: skip
    assert f"sqlite:///{data}/airq.db" == found.database_address
    assert "http://127.0.0.1:8090" == found.open_meteo_url
    assert "http://127.0.0.1:4000" == found.link_base


def test_what_a_person_sets_wins_over_the_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By value, or by a file that holds it."""
    secret = tmp_path / "redis-url"
    secret.write_text("redis://elsewhere/2\n")
    monkeypatch.setenv("AIRQ_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("AIRQ_REDIS_URL_FILE", str(secret))
    monkeypatch.setenv("AIRQ_DATABASE_URL", "postgresql://db/air")
    layout = Layout(tmp_path)
    layout.prepare()

    with hold(layout, SystemClock()):
        write_record(layout, replace(RUNNING, data_dir=str(tmp_path)))
        found = settings_here()

    assert "redis://elsewhere/2" == found.redis_address
    assert "postgresql://db/air" == found.database_address


def test_the_record_of_an_instance_that_ended_hard_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody holds the lock any more."""
    monkeypatch.setenv("AIRQ_VAR_DIR", str(tmp_path))
    layout = Layout(tmp_path)
    layout.prepare()
    layout.lock.touch()
    write_record(layout, replace(RUNNING, data_dir=str(tmp_path / "sandbox")))

    assert tmp_path == settings_here().var_dir


def test_json_is_printed_with_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """As text of any language, ready for another program."""
    print_json({"name": "Zürich", "path": Path("var"), **asdict(RUNNING)})

    out = capsys.readouterr().out
    assert "Zürich" in out
    assert {"name": "Zürich", "path": "var", **asdict(RUNNING)} == json.loads(out)


def test_help_needs_no_database(tmp_path: Path) -> None:
    """And a version neither."""
    env = {"AIRQ_VAR_DIR": str(tmp_path / "var")}
    for line in ("--help", "-h", "jobs --help", "--version"):
        assert 0 == CliRunner().invoke(main, line.split(), env=env).exit_code

    assert [] == list(tmp_path.iterdir())
