"""
An upstream that is away for a while, with the real processes.

Twelve seconds with small settings; with `AIRQ_OUTAGE=long` three minutes. The
figures are written to `chaos/outage.json`.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airq_cron.clock import SystemClock
from tests.conftest import ROOT, WaitUntil
from tests.e2e.airq_up import AirqUp
from tests.e2e.caller import Caller

LONG = os.environ.get("AIRQ_OUTAGE") == "long"  # noqa: TID251
OUTAGE_S, TIMEOUT_S, PERIOD_S = (180.0, 20.0, 2) if LONG else (12.0, 3.0, 1)
THRESHOLD = 5
JOB = "fetch-lyon"
LYON = {"id": "lyon", "name": "Lyon", "lat": 45.764, "lon": 4.8357}
REPORT = ROOT / "chaos" / "outage.json"


@pytest.fixture
def running(tmp_path: Path, wait_until: WaitUntil) -> Iterator[AirqUp]:
    """Give an instance whose breaker waits for seconds only."""
    with AirqUp(
        tmp_path / "var",
        CIRCUIT_BREAKER_TIMEOUT=str(int(TIMEOUT_S * 1000)),
        AIRQ_SHORTEST_PERIOD_S="1",
    ) as up:
        up.start("--provider", "sandbox")
        up.wait_until_running(wait_until)
        yield up


@dataclass
class Outage:
    """What can be seen of an outage from outside."""

    caller: Caller

    def breaker(self) -> Any:
        """Return the breaker as the API shows it."""
        return self.caller.get("/cron/breakers/sandbox")

    def turns(self) -> Counter[tuple[str, str]]:
        """Return how often the breaker went from one state to another."""
        found = self.caller.get("/cron/breakers/sandbox/history", limit="200")
        return Counter((one["from"], one["to"]) for one in found["items"])

    def refused_calls(self) -> int:
        """Return how many calls reached the upstream while it was away."""
        return int(self.caller.sandbox_stats()["outcomes"].get("503", 0))

    def runs(self) -> list[Any]:
        """Return the runs of the job, newest first."""
        found = self.caller.get("/cron/runs", job=JOB, limit="200")
        return list(found["items"])

    def good_runs(self) -> list[Any]:
        """Return those that stored something."""
        return [run for run in self.runs() if run["state"] == "succeeded"]


@pytest.mark.timeout(420 if LONG else 150)
def test_an_outage_costs_probes_only_and_ends_by_itself(
    caller: Caller, wait_until: WaitUntil
) -> None:
    """Refused runs are skipped; the first good fetch brings what was missed."""
    outage, clock = Outage(caller), SystemClock()
    caller.spoil(kind="503")
    caller.post("/air/locations", {**LYON, "zone": "Europe/Paris"})
    caller.post("/cron/jobs", _job())
    wait_until(lambda: outage.breaker()["state"] == "OPEN", "it opens", timeout_s=60)
    began = clock.monotonic()
    wait_until(
        lambda: clock.monotonic() - began >= OUTAGE_S,
        "the outage has lasted",
        timeout_s=OUTAGE_S + 5,
        interval_s=0.5,
    )
    caller.mend()
    mended_at = clock.now()
    wait_until(outage.good_runs, "a fetch succeeds", timeout_s=3 * TIMEOUT_S + 20)

    turns, refused = outage.turns(), outage.refused_calls()
    failed_probes = turns["HALF_OPEN", "OPEN"]
    assert THRESHOLD + failed_probes == refused
    assert 1 <= failed_probes <= OUTAGE_S / TIMEOUT_S + 1
    assert 1 == turns["CLOSED", "OPEN"] == turns["HALF_OPEN", "CLOSED"]
    runs = outage.runs()
    states = Counter((run["state"], run["reason"]) for run in runs)
    assert states["skipped", "breaker_open"] >= OUTAGE_S / PERIOD_S / 4
    assert [] == _recent_gaps(caller)
    _write(refused, failed_probes, states, outage.good_runs()[-1], mended_at)


def _job() -> dict[str, Any]:
    return {
        "name": JOB,
        "kind": "fetch",
        "schedule": f"every {PERIOD_S}s",
        "timezone": "UTC",
        "params": {"location": "lyon"},
        "catchup": {"mode": "none"},
    }


def _recent_gaps(caller: Caller) -> list[str]:
    """Return what of the last day is missing, of a place that is asked for all."""
    since = SystemClock().now() - timedelta(hours=23)
    series = caller.get("/air/locations/lyon/gaps")["items"]
    assert 6 == len(series)
    assert {"fresh"} == {one["state"] for one in series}
    return [
        f"{one['pollutant']} {gap['from']} {gap['to']}"
        for one in series
        for gap in one["gaps"]
        if datetime.fromisoformat(gap["to"]) > since
    ]


def _write(
    refused: int,
    failed_probes: int,
    states: Counter[tuple[str, str | None]],
    good: Any,
    mended_at: datetime,
) -> None:
    after = datetime.fromisoformat(good["finished_at"]) - mended_at
    REPORT.parent.mkdir(exist_ok=True)
    figures = {
        "outage_s": OUTAGE_S,
        "breaker_timeout_s": TIMEOUT_S,
        "job_period_s": PERIOD_S,
        "calls_before_open": refused - failed_probes,
        "calls_while_open": failed_probes,
        "recovery_to_first_good_fetch_s": round(after.total_seconds(), 1),
        "runs": {f"{state}:{why or '-'}": n for (state, why), n in states.items()},
    }
    REPORT.write_text(json.dumps(figures, indent=2) + "\n")
