"""The tutorial does what it says, command by command."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, WaitUntil
from tests.e2e.airq_up import AirqUp
from tests.e2e.transcript import Step, first_unlike, read_steps

PAGE = (ROOT / "docs" / "tutorial.md").read_text()
START, *STEPS = read_steps(PAGE)
ADDRESS = "127.0.0.1:3000"
SHIM = f"""#!/bin/sh
PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} \
-m airq_cron "$@"
"""


def test_it_has_what_it_promises() -> None:
    """It starts everything first, and shows something after every command."""
    assert START.command.endswith("make demo")
    assert [step.command for step in STEPS if not step.shown] == []
    # What is neither run here nor shown by a run would be a promise without proof.
    assert PAGE.count("```") == 2 * PAGE.count("```console")
    assert len(STEPS) >= 6


@pytest.fixture
def demo(tmp_path: Path, wait_until: WaitUntil) -> Iterator[AirqUp]:
    """Start what `make demo` starts, with the settings that the page gives it."""
    *settings, _, _ = shlex.split(START.command)
    # Under `make test` it would say as well which directory it enters.
    recipe = subprocess.run(
        ["make", "--no-print-directory", "-n", "demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    options = recipe.rstrip().rpartition("airq_cron up ")[2].split()
    environment: dict[str, Any] = dict(one.split("=", 1) for one in settings)
    with AirqUp(tmp_path / "var", **environment) as up:
        up.start(*options)
        up.wait_until_running(wait_until)
        yield up


def follow(step: Step, up: AirqUp) -> str:
    """Type the command of *step* where the reader would; return what it prints."""
    command = step.command.replace(ADDRESS, str(up.record["api"]).split("//")[1])
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=up.layout.var.parent,
        env=os.environ | {"AIRQ_VAR_DIR": str(up.layout.var)},  # noqa: TID251
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, f"{step.command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_every_command_shows_what_the_page_shows(demo: AirqUp) -> None:
    """From the start to an alert about the reader's own city."""
    shim = demo.layout.var.parent / ".venv" / "bin" / "airq"
    shim.parent.mkdir(parents=True)
    shim.write_text(SHIM)
    shim.chmod(0o755)

    assert first_unlike((*START.shown, "..."), demo.said) is None, demo.said
    for step in STEPS:
        printed = follow(step, demo)
        unlike = first_unlike(step.shown, printed)
        assert unlike is None, f"$ {step.command}\nlacks: {unlike}\n{printed}"


@pytest.mark.parametrize(
    ("shown", "printed", "unlike"),
    [
        (["a 12  b"], "a 7 b\n", None),
        (["a", "...", "z"], "a\nb\nc\nz\n", None),
        (["a", "..."], "a\n", None),
        (['{"x":...,"y":1'], '{"x":[2],"y":3', None),
        (["id 25828ac9-6bae-54ee-bddf-0c33e3da3822"], "id 1", "id 258"),
        (["a", "c"], "a\nb\nc", "c"),
        (["ok"], "okay", "ok"),
        (["a"], "a\nb", "nothing, but"),
        (["a"], "", "a"),
    ],
)
def test_another_shape_is_noticed(
    shown: list[str], printed: str, unlike: str | None
) -> None:
    """Figures may differ; a word, a line too many or too few may not."""
    found = first_unlike(tuple(shown), printed)

    if unlike is None:
        assert found is None
    else:
        assert found is not None
        assert found.startswith(unlike)
