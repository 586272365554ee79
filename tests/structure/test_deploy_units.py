"""The files for systemd and containers start what the Procfile starts."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.structure.sources import ROOT

SYSTEMD = ROOT / "deploy/systemd"
DOCKER = ROOT / "deploy/docker"
BIN = "/opt/airq-cron/.venv/bin/"
OURS = ("release", "api", "beat", "worker-data", "worker-watch")
# What an exposure of 10 is: a service of root's without any bounds.
MOST_EXPOSED = 20


def procfile() -> dict[str, str]:
    """Return the command of each process."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def compose() -> dict[str, Any]:
    """Return the compose file with what its anchors stand for."""
    text = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_units_start_what_the_procfile_starts() -> None:
    """Each process has a unit, and each unit a process."""
    started = {
        path.stem.removeprefix("airq-"): re.findall(
            r"^ExecStart=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        for path in SYSTEMD.glob("airq-*.service")
    }

    assert {name: [BIN + line] for name, line in procfile().items()} == started


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give copies of the units whose programs are those of this checkout."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: systemd)")
    there = tmp_path_factory.mktemp("units")
    for path in SYSTEMD.iterdir():
        text = path.read_text(encoding="utf-8")
        here = text.replace(BIN, f"{Path(sys.executable).parent}/")
        (there / path.name).write_text(here, encoding="utf-8")
    return sorted(str(path) for path in there.glob("airq-*.service"))


def test_systemd_accepts_the_units(units: list[str]) -> None:
    """No unknown key, no missing program."""
    command = ["systemd-analyze", "verify", "--man=no", *units]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    complaints = [line for line in done.stderr.splitlines() if "airq" in line]
    assert (0, []) == (done.returncode, complaints)


def test_units_can_do_little_harm(units: list[str]) -> None:
    """By systemd's own measure, in tenths of its exposure level."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager"]
    command += [f"--threshold={MOST_EXPOSED}", *units]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout[-2000:]


def test_the_compose_file_keeps_to_the_specification() -> None:
    """By the schema that Docker publishes."""
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", "vendor.compose-spec", str(DOCKER / "compose.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout + done.stderr


def test_containers_start_what_the_procfile_starts() -> None:
    """More of some, but nothing else."""
    services = compose()["services"]

    assert procfile() == {name: services[name]["command"] for name in OURS}


def test_containers_are_bounded_and_watched() -> None:
    """No root, no writable root, no rights; each that stays says how it is."""
    services = compose()["services"]
    user = re.findall(
        r"^USER (\w+)$", (DOCKER / "Dockerfile").read_text(encoding="utf-8"), re.M
    )

    assert ["airq"] == user
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert ["ALL"] == service["cap_drop"], name
        assert ["no-new-privileges:true"] == service["security_opt"], name
        assert name in OURS or "user" in service, name
        assert name == "release" or service["healthcheck"]["test"], name
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), name


def test_the_image_gets_what_it_copies_and_no_more() -> None:
    """Neither var/ nor tests, whatever lies in the checkout."""
    copied = {
        word
        for line in (DOCKER / "Dockerfile").read_text(encoding="utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert "*" in ignored
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
    assert all((ROOT / name).exists() for name in copied)
