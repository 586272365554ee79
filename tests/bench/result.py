"""What a bench leaves behind, in one form for all."""

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from statistics import median
from typing import Any

import psutil

from airq_cron.clock import SystemClock
from airq_cron.domain.run import instant_text
from tests.conftest import ROOT

RESULTS = ROOT / "bench" / "results"


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, least and greatest."""
    found = {"median": median(values), "min": min(values), "max": max(values)}
    return {name: round(value, 4) for name, value in found.items()}


def curve(
    title: str,
    x: Sequence[float | str],
    lines: Mapping[str, Sequence[float | None]],
    *,
    x_title: str,
    y_title: str,
    logarithmic: bool = False,
) -> dict[str, Any]:
    """
    Return one of a result's `curves`, which the page of figures shows.

    Args:
        x: numbers for a line, words for bars.
        lines: the values over *x* of each line, by its name.
        logarithmic: whether ten times as much is one step higher.
    """
    return {
        "title": title,
        "x_title": x_title,
        "y_title": y_title,
        "logarithmic": logarithmic,
        "x": list(x),
        "lines": {name: list(values) for name, values in lines.items()},
    }


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
        "measured_at": instant_text(SystemClock().now()),
        "machine": machine,
        "versions": versions,
        **found,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
