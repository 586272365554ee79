"""The load that benches of the API make: wrk, which costs next to nothing itself."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Load:
    """What came of asking one address again and again."""

    clients: int
    per_s: float
    p50_ms: float
    p99_ms: float
    errors: int


def need_wrk() -> str:
    """Return where wrk is, or skip the bench."""
    found = shutil.which("wrk")
    if found is None:
        pytest.skip("wrk is not installed (Debian: apt-get install wrk)")
    return found


def ask(url: str, clients: int, seconds: float, token: str = "") -> Load:
    """Let *clients* ask for *url* without pause for so many seconds."""
    command = [need_wrk(), "-t2", f"-c{clients}", f"-d{seconds:g}s", "--timeout", "20s"]
    command += ["-s", str(SCRIPT), "-H", f"Authorization: Bearer {token}", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return Load(
        clients=clients,
        per_s=round(found["requests"] / found["seconds"], 1),
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        errors=found["errors"],
    )
