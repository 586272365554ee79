"""The whole way of a reading, by the real processes, seen from outside."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from airq_cron.clock import SystemClock
from tests.conftest import WaitUntil
from tests.e2e.airq_up import AirqUp
from tests.e2e.caller import Caller

A_MINUTE_S = 75.0


@pytest.mark.timeout(240)
def test_a_reading_goes_the_whole_way(
    running: AirqUp, caller: Caller, wait_until: WaitUntil
) -> None:
    """Beat fires on the minute, a worker fetches, and the API shows what it stored."""
    wait_until(
        lambda: caller.stats("fetch-paris-data")["runs"]["succeeded"],
        "the job of every minute has run",
        timeout_s=A_MINUTE_S,
        interval_s=0.5,
    )
    latest = caller.get("/air/locations/paris/latest")
    last = caller.stats("fetch-paris-data")["last_run"]
    run = caller.run(last["id"])

    assert "succeeded" == last["state"]
    assert run["scheduled_for"].endswith(":00Z")
    assert ("schedule", 1) == (run["origin"], run["attempt"])
    assert {"pm2_5", "pm10", "o3", "no2", "so2", "co"} == {
        item["pollutant"] for item in latest["items"]
    }
    assert {"sandbox"} == {item["provider"] for item in latest["items"]}
    newest = max(datetime.fromisoformat(one["valid_from"]) for one in latest["items"])
    assert SystemClock().now() - newest < timedelta(hours=2)
    alerts = caller.get("/cron/alerts", state="open", location="paris")["items"]
    assert {"high_aqi"} == {one["kind"] for one in alerts}
    gaps = caller.get("/air/locations/paris/gaps")["items"]
    assert {"fresh"} == {one["state"] for one in gaps}


def readings(series: dict[str, Any]) -> set[tuple[str, str, float]]:
    """Return what was read when; a minute later it may have been asked again."""
    return {(i["pollutant"], i["valid_from"], i["value"]) for i in series["items"]}


@pytest.mark.timeout(240)
def test_what_a_person_did_is_there_after_a_restart(
    running: AirqUp, caller: Caller, wait_until: WaitUntil
) -> None:
    """A run by hand and a switched job survive a stop, which leaves no process."""
    fetched = caller.execute("fetch-paris-data")
    closed = caller.execute("daily-statistics")
    for run_id in (fetched, closed):
        wait_until(
            lambda one=run_id: caller.run(one)["state"] == "succeeded",
            "the run by hand has succeeded",
        )
    switched = caller.post("/cron/jobs/health-check/toggle", {"enabled": False})
    before = caller.get("/air/locations/paris/series")
    assert switched["enabled"] is False
    assert before["items"]

    clock = SystemClock()
    began = clock.monotonic()
    assert 0 == running.stop()
    # Twice the promise: others work on the same two cores.
    assert clock.monotonic() - began < 20
    assert {} == running.pids()

    running.start("--provider", "sandbox")
    running.wait_until_running(wait_until)
    again = Caller(running)

    after = again.get("/air/locations/paris/series")
    assert readings(before) <= readings(after)
    assert again.stats("health-check")["enabled"] is False
    assert again.stats("health-check")["next_run_at"] is None
    assert "succeeded" == again.run(closed)["state"]
