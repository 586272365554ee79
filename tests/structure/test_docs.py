"""The reference pages name everything there is."""

import re
from collections.abc import Iterator
from dataclasses import fields

import click
import pytest

from airq_cron.cli.main import main
from airq_cron.config import Settings
from tests.structure.sources import ROOT


def documentation() -> str:
    """Return README and docs as one text."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text() for page in pages if page.exists())


def commands(group: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command below *group* with what one types for it."""
    if not isinstance(group, click.Group):
        yield path, group
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        yield from commands(command, f"{path} {name}")


def test_every_setting_is_documented() -> None:
    """A setting that nobody can find is not there."""
    text = documentation()
    names = [spec.metadata["env"] for spec in fields(Settings)]

    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_command_is_documented() -> None:
    """The reference of the command line is complete."""
    text = documentation()

    assert [path for path, _ in commands(main, "airq") if path not in text] == []


def test_every_command_has_a_sentence() -> None:
    """`airq --help` says what each command does."""
    silent = [path for path, command in commands(main, "airq") if not command.help]

    assert silent == []


@pytest.mark.parametrize("page", ["glossary.md", "dependencies.md"])
def test_the_pages_that_others_link_to_are_there(page: str) -> None:
    """Words and dependencies are explained in one place each."""
    assert (ROOT / "docs" / page).is_file()


def test_every_check_of_the_doctor_is_documented() -> None:
    """A code that `airq doctor` prints can be looked up."""
    page = (ROOT / "docs" / "reference" / "doctor.md").read_text()
    sources = [
        *sorted((ROOT / "airq_cron" / "services").glob("check_*.py")),
        ROOT / "airq_cron" / "services" / "diagnose.py",
        ROOT / "airq_cron" / "cli" / "doctor.py",
    ]
    text = "\n".join(path.read_text() for path in sources)
    codes = set(re.findall(r'Finding\(\s*"([a-z_]+)"', text))

    assert len(codes) >= 12
    assert sorted(code for code in codes if f"`{code}`" not in page) == []
