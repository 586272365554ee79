"""The data directory's permissions, judged."""

from pathlib import Path

import pytest

from airq_cron.services.check_directory import check_directory
from airq_cron.services.diagnose import Severity


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """Give a directory as `airq up` makes it."""
    made = tmp_path / "var"
    made.mkdir(mode=0o700)
    return made


def test_a_directory_of_ours_alone_is_fine(var: Path) -> None:
    """With its secrets."""
    (var / "admin.token").touch(mode=0o600)

    assert Severity.OK is check_directory(var).severity


def test_a_directory_that_is_not_there_is_a_failure(var: Path) -> None:
    """It says what makes it."""
    found = check_directory(var / "elsewhere")

    assert Severity.FAIL is found.severity
    assert "airq up" in (found.fix or "")


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777])
def test_a_directory_that_others_may_read_is_a_warning(var: Path, mode: int) -> None:
    """With the command that closes it."""
    var.chmod(mode)

    found = check_directory(var)

    assert (Severity.WARN, f"chmod go= {var}") == (found.severity, found.fix)


@pytest.mark.parametrize("name", ["admin.token", "instance.json"])
def test_a_secret_that_others_may_read_is_a_warning(var: Path, name: str) -> None:
    """Even where the directory is closed: it may be copied."""
    secret = var / name
    secret.touch()
    secret.chmod(0o640)

    found = check_directory(var)

    assert (Severity.WARN, f"chmod go= {secret}") == (found.severity, found.fix)


def test_a_directory_that_cannot_be_written_is_a_failure(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write everywhere, so the answer of the system is given."""
    monkeypatch.setattr("os.access", lambda *_: False)

    assert Severity.FAIL is check_directory(var).severity
