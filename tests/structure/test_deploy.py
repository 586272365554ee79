"""What is handed to Prometheus and Grafana fits what we show them."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.structure.sources import ROOT

DEPLOY = ROOT / "deploy"
METRIC = re.compile(r"\bairq_[a-z0-9_]+")
OF_HISTOGRAMS = re.compile(r"_(bucket|sum|count)$")


def documented() -> set[str]:
    """Return the metrics that the reference lists."""
    page = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(airq_\w+)`", page, re.MULTILINE))


def named() -> Iterator[tuple[str, str]]:
    """Yield file and metric for each use in rules, their tests and the dashboard."""
    for path in sorted([*DEPLOY.rglob("*.yml"), *DEPLOY.rglob("*.json")]):
        for name in METRIC.findall(path.read_text(encoding="utf-8")):
            yield path.name, OF_HISTOGRAMS.sub("", name)


def test_rules_and_dashboard_ask_for_metrics_that_exist() -> None:
    """A panel without data looks like a quiet day."""
    known = documented()

    assert [] == [(path, name) for path, name in named() if name not in known]
    assert {"alerts.yml", "alerts_test.yml", "airq-cron.json"} == {
        path for path, _ in named()
    }


def test_the_dashboard_asks_the_source_that_is_chosen() -> None:
    """Each panel has a title and an expression."""
    board = json.loads((DEPLOY / "grafana/airq-cron.json").read_text(encoding="utf-8"))

    for panel in board["panels"]:
        assert "${datasource}" == panel["datasource"]["uid"]
        assert panel["title"]
        assert all(target["expr"] for target in panel["targets"])


@pytest.mark.parametrize(
    "command",
    [
        ("check", "rules", "alerts.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
)
def test_promtool_accepts(command: tuple[str, ...], tmp_path: Path) -> None:
    """Prometheus' own check of the files, and the cases in which alerts fire."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; on Debian: apt install prometheus")
    shutil.copytree(DEPLOY / "prometheus", tmp_path / "rules")
    (tmp_path / "rules/airq.token").write_text("airq_x", encoding="utf-8")

    done = subprocess.run(
        [promtool, *command],
        cwd=tmp_path / "rules",
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
