"""`airq completion`: what a shell is given, and what it is answered."""

import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from airq_cron.cli.completion import SHELLS
from airq_cron.cli.main import COMMANDS, main


def complete(words: str, position: int) -> list[str]:
    """Return what bash is told when it asks for the word at *position*."""
    result = CliRunner().invoke(
        main,
        [],
        prog_name="airq",
        env={
            "_AIRQ_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(position),
        },
    )
    return [line.partition(",")[2] for line in result.stdout.splitlines()]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script(shell: str):
    """It asks this very command, by the name that people type."""
    result = CliRunner().invoke(main, ["completion", shell])

    assert 0 == result.exit_code
    assert f"_AIRQ_COMPLETE={shell}_complete" in result.stdout
    assert result.stdout.count("airq") > 1


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_one_of_its_shell(shell: str):
    """Where the shell is here, it reads the script without complaint."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = CliRunner().invoke(main, ["completion", shell]).stdout

    done = subprocess.run([shell, "-n"], input=script, text=True, check=False)

    assert 0 == done.returncode


def test_an_unknown_shell_is_refused():
    """With those that are known."""
    result = CliRunner().invoke(main, ["completion", "tcsh"])

    assert 2 == result.exit_code
    assert "'bash', 'zsh', 'fish'" in result.stderr


def test_commands_are_completed():
    """By their beginnings."""
    assert set(COMMANDS) == set(complete("airq ", 1))
    assert ["breaker"] == complete("airq br", 1)
    assert ["backfill", "backfills"] == complete("airq backf", 1)


def test_commands_of_a_group_are_completed():
    """Its module is loaded for that, no other."""
    assert {"list", "show"} <= set(complete("airq queues ", 2))
    assert ["--json"] == complete("airq queues list --j", 3)


def test_completing_loads_no_command():
    """A person who presses Tab waits for no database library."""
    code = (
        "import os, sys; from airq_cron.cli.main import main\n"
        "try: main(prog_name='airq')\n"
        "except SystemExit: pass\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        env={
            "_AIRQ_COMPLETE": "bash_complete",
            "COMP_WORDS": "airq d",
            "COMP_CWORD": "1",
        },
    )

    assert {"plain,db", "plain,dead-letters", "plain,doctor"} == set(
        done.stdout.split()
    )
    assert set() == {"sqlalchemy", "celery", "redis"} & set(done.stderr.split())
