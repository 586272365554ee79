"""The command line over a real database of its own, without a broker."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from airq_cron.cli.main import main
from airq_cron.clock import SystemClock
from airq_cron.config import load
from airq_cron.store.store import SqlStore


class Person:
    """Somebody who types commands; each works on the same directory."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self._runner = CliRunner()

    def types(self, line: str, *more: str, **options: Any) -> Result:
        """Run `airq` with the words of *line* and further arguments as they are."""
        environment = {"AIRQ_VAR_DIR": str(self.var), **options.pop("env", {})}
        return self._runner.invoke(
            main, [*line.split(), *more], env=environment, **options
        )

    def reads(self, line: str, *more: str) -> Any:
        """Run `airq ... --json` and return what it printed."""
        result = self.types(line, *more, "--json")
        assert 0 == result.exit_code, result.output
        return json.loads(result.stdout)


@pytest.fixture
def person(tmp_path: Path, seeded_file: Path) -> Person:
    """Give somebody with the directory of a new installation."""
    var = tmp_path / "var"
    var.mkdir()
    shutil.copy(seeded_file, var)
    return Person(var)


@pytest.fixture
def store(person: Person) -> Iterator[SqlStore]:
    """Give the database that the commands work on."""
    settings = load({}, var_dir=person.var)
    store = SqlStore(settings.database_address, SystemClock())
    yield store
    store.dispose()
