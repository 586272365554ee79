"""The upstream fails for as long as a run may try."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import WaitUntil
from tests.e2e.airq_up import AirqUp
from tests.e2e.caller import Caller

JOB = "fetch-other-locations"
LYON = {"id": "lyon", "name": "Lyon", "lat": 45.764, "lon": 4.8357}


@pytest.fixture
def running(tmp_path: Path, wait_until: WaitUntil) -> Iterator[AirqUp]:
    """Give an instance whose breaker lets every attempt through."""
    with AirqUp(tmp_path / "var", CIRCUIT_BREAKER_FAILURE_THRESHOLD="1000") as up:
        up.start("--provider", "sandbox")
        up.wait_until_running(wait_until)
        yield up


@pytest.mark.timeout(240)
def test_a_run_fails_after_its_attempts_and_the_next_goes_on(
    caller: Caller, wait_until: WaitUntil
) -> None:
    """What was stored before stays as it is, and the next answer is stored too."""
    assert "succeeded" == _ended(caller, "fetch-paris-data", wait_until)["state"]
    before = caller.get("/air/locations/paris/series")["items"]

    caller.spoil(kind="503")
    caller.post("/air/locations", {**LYON, "zone": "Europe/Paris"})
    failed = _ended(caller, JOB, wait_until)
    paris = caller.get("/air/locations/paris/series")["items"]
    nothing = caller.get("/air/locations/lyon/series")["items"]
    caller.mend()
    next_one = _ended(caller, JOB, wait_until)

    assert before
    assert before == paris
    assert [] == nothing
    assert "failed" == failed["state"]
    assert ["failed"] * 3 == [attempt["outcome"] for attempt in failed["attempts"]]
    assert "503" in failed["error"]
    assert "succeeded" == next_one["state"]
    assert caller.get("/air/locations/lyon/series")["items"]


def _ended(caller: Caller, job: str, wait_until: WaitUntil) -> Any:
    """Start a run of *job*, unless one is under way; return it when it has ended."""
    run_id = caller.execute_or_join(job)
    wait_until(
        lambda: caller.run(run_id)["finished_at"],
        "the run has ended",
        timeout_s=45,
        interval_s=0.2,
    )
    return caller.run(run_id)
