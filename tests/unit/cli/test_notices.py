"""What `airq up` says."""

from dataclasses import replace
from pathlib import Path

import pytest

from airq_cron.cli import processes
from airq_cron.cli.instance import Layout
from airq_cron.cli.notices import Notices
from airq_cron.cli.plan import Plan
from airq_cron.clock import SystemClock
from airq_cron.config import Secret, load

LINK = "http://127.0.0.1:3000/login?key=k"
VAR = Path("/srv/air [red]")
PLAN = Plan(
    load({}, var_dir=VAR, provider="open-meteo"),
    (processes.broker(Path("valkey-server"), Path("valkey.conf")), processes.beat()),
    (),
)


@pytest.fixture
def notices() -> Notices:
    """Give one for a directory whose name looks like a colour."""
    return Notices(Layout(VAR), SystemClock())


def test_it_says_where_everything_is(
    notices: Notices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Address, upstream, data, logs, token, and a line to try."""
    notices.running(PLAN, LINK)

    said = capsys.readouterr().out
    for text in (
        "http://127.0.0.1:3000   (documentation: http://127.0.0.1:3000/docs)",
        f"Log in       {LINK}   (once; more: airq login)",
        "open-meteo",
        f"{VAR}   (SQLite, embedded Valkey)",
        f"{VAR}/log",
        f"$(cat '{VAR}/admin.token')",
        "/cron/jobs/stats",
    ):
        assert text in said


def test_it_says_when_the_parts_are_not_its_own(
    notices: Notices, capsys: pytest.CaptureFixture[str]
) -> None:
    """No address is shown, because it may hold a password."""
    url = Secret("postgresql://air:hunter2@db/air")
    settings = replace(PLAN.settings, database_url=url)

    notices.running(replace(PLAN, settings=settings, programs=PLAN.programs[1:]), LINK)

    said = capsys.readouterr().out
    assert "(your database, your Redis)" in said
    assert "hunter2" not in said


def test_made_up_air_is_called_so(
    notices: Notices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody takes the sandbox's figures for real ones."""
    notices.running(
        replace(PLAN, settings=replace(PLAN.settings, provider="sandbox")), LINK
    )

    assert "sandbox (made-up air, nothing real)" in capsys.readouterr().out


def test_the_time_since_the_command_is_shown(
    notices: Notices, capsys: pytest.CaptureFixture[str]
) -> None:
    """What took long is seen at once."""
    notices.ready("api")
    notices.late("beat")
    notices.late("database")

    ready, late, database = capsys.readouterr().out.splitlines()
    assert "  api           ready after" in ready
    assert "not ready after" in late
    assert f"see {VAR}/log/beat.log" in late
    assert "Ctrl-C gives up" in database
    assert ".log" not in database


def test_what_resisted_is_counted(
    notices: Notices, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clean stop says nothing of it."""
    notices.stopped(2.04, 0)
    notices.stopped(9.96, 2)

    clean, hard = capsys.readouterr().out.splitlines()
    assert "Stopped after 2.0 s. The data stays." == clean
    assert "Stopped after 10.0 s; 2 processes had to be ended hard" in hard


def test_a_terminal_that_is_gone_stops_nothing(
    notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop goes on when the window was closed."""
    monkeypatch.setattr("sys.stdout", _Gone())

    notices.stopping("SIGHUP", 6)


class _Gone:
    """A terminal that was closed."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        """Fail as the kernel does."""
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        """Fail as the kernel does."""
        raise OSError(5, "Input/output error")
