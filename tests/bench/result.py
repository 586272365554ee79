"""What a bench leaves behind, in one form for all."""

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from statistics import median
from typing import Any

import psutil

from tests.conftest import ROOT

RESULTS = ROOT / "bench" / "results"


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, least and greatest."""
    found = {"median": median(values), "min": min(values), "max": max(values)}
    return {name: round(value, 4) for name, value in found.items()}


def write_result(name: str, found: Mapping[str, Any]) -> None:
    """Keep *found* in `bench/results/<name>.json`, with machine and versions."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    machine = {
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.platform(),
        "load_1m": round(psutil.getloadavg()[0], 2),
    }
    versions = {one: version(one) for one in ("celery", "kombu", "redis")}
    versions["python"] = platform.python_version()
    RESULTS.mkdir(parents=True, exist_ok=True)
    document = {
        "bench": name,
        "commit": commit.stdout.strip() or None,
        "machine": machine,
        "versions": versions,
        **found,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
