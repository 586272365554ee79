"""`/metrics`: the fleet's figures in Prometheus' own form."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import pytest
from flask import Flask
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from airq_cron.domain.buckets import BOUNDS_S
from airq_cron.domain.role import Role
from airq_cron.domain.tally import CRASHED, DROPPED, REFUSED, TIME_LIMIT
from airq_cron.ports import Batch, Heartbeat
from airq_cron.system import System
from airq_cron.testing import MemoryCounters
from api.app import create_app
from api.timing import KEY
from tests.conftest import ROOT
from tests.unit.api.caller import Caller, make_caller
from tests.unit.api.test_status import bring_up

SECOND = timedelta(seconds=1)


def scrape(caller: Caller) -> dict[str, Metric]:
    """Return the families by name; a text that Prometheus cannot read fails."""
    answer = caller.get("/metrics")
    assert HTTPStatus.OK == answer.status_code
    assert answer.content_type.startswith("text/plain; version=")
    return {one.name: one for one in text_string_to_metric_families(answer.text)}


def values(family: Metric, suffix: str = "") -> dict[tuple[str, ...], float]:
    """Return the samples of a family by the values of their labels."""
    return {
        tuple(one.labels.values()): one.value
        for one in family.samples
        if one.name == family.name + suffix
    }


@pytest.fixture
def worked(system: System) -> System:
    """Give a system whose workers have done something."""
    bring_up(system)
    batch = Batch()
    tally = batch.of("analytics", system.clock.now())
    tally.counts.update(succeeded=3, failed=1)
    tally.arrivals = 5
    for _ in range(4):
        tally.took(SECOND)
        tally.handled(2 * SECOND)
    system.counters.flush(batch)
    return system


def test_values_are_those_of_the_shared_store(worked: System, viewer: Caller) -> None:
    """Not of the one process that happens to answer."""
    found = scrape(viewer)

    ends = values(found["airq_queue_messages"], "_total")
    assert {("succeeded", "analytics"): 3, ("failed", "analytics"): 1} == ends
    assert {("analytics",): 5} == values(found["airq_queue_arrivals"], "_total")
    handling = found["airq_queue_handling_seconds"]
    assert {("analytics",): 4} == values(handling, "_count")
    assert {("analytics",): 8} == values(handling, "_sum")
    assert 5 == len(values(found["airq_queue_waiting"]))
    assert {("beat",): 1, ("worker",): 1} == values(found["airq_processes"])
    jobs = {(one["name"],) for one in viewer.get("/cron/jobs/stats").json["jobs"]}
    assert jobs == set(values(found["airq_job_enabled"]))


def test_buckets_grow_up_to_all(worked: System, viewer: Caller) -> None:
    """As Prometheus counts: each holds those before it."""
    handling = scrape(viewer)["airq_queue_handling_seconds"]
    counts = [one.value for one in handling.samples if one.name.endswith("_bucket")]

    assert counts == sorted(counts)
    assert (len(BOUNDS_S) + 1, 4) == (len(counts), counts[-1])


def test_answers_are_timed_by_template(
    app: Flask, system: System, viewer: Caller
) -> None:
    """A path is no label: there are as many as people can think of."""
    for path in ("/cron/jobs/fetch-paris-data", "/cron/jobs/nothing", "/a", "/b"):
        viewer.get(path)
    app.extensions[KEY].flush()

    times = values(scrape(viewer)["airq_http_request_duration_seconds"], "_count")

    assert {
        ("GET /cron/jobs/{name}", "2xx"): 1,
        ("GET /cron/jobs/{name}", "4xx"): 1,
        ("other", "4xx"): 2,
    } == times


def test_parts_that_are_away_are_told_of(worked: System, viewer: Caller) -> None:
    """A scrape never fails for what it should show."""
    assert isinstance(worked.counters, MemoryCounters)
    worked.counters.broken = True

    found = scrape(viewer)

    assert {("database",): 1, ("redis",): 0} == values(found["airq_up"])
    assert {} == values(found["airq_queue_messages"], "_total")


def test_it_needs_a_token(stranger: Caller) -> None:
    """As every address does."""
    assert HTTPStatus.UNAUTHORIZED == stranger.get("/metrics").status_code


def test_switched_off_it_shows_this_process_only(system: System) -> None:
    """CRON_ENABLE_METRICS_COLLECTION=false; and no answer is timed."""
    settings = replace(system.settings, metrics_collection=False)
    off = replace(system, settings=settings)
    vars(off).update({"counters": system.counters})
    app = create_app(off)
    viewer = make_caller(app, off, Role.VIEWER)

    found = scrape(viewer)

    assert {"process_cpu_seconds", "python_info"} <= set(found)
    assert not any(name.startswith("airq_") for name in found)
    assert KEY not in app.extensions


def test_one_process_speaks_for_its_host(system: System, viewer: Caller) -> None:
    """Ten workers on a machine have one load."""
    machine = {"cores": 2, "load_1m": 1.5, "cpu_percent": 50.0, "memory_percent": 25.0}
    detail = {"host": "a", "machine": machine, "children": 2, "busy": 1}
    for name in ("one", "two"):
        beat = Heartbeat(name, "worker", system.clock.now(), detail)
        system.heartbeats.beat(beat, SECOND)

    found = scrape(viewer)

    assert {("a",): 0.5} == values(found["airq_host_cpu_ratio"])
    assert ({(): 4}, {(): 2}) == (
        values(found["airq_pool_children"]), values(found["airq_pool_busy"])
    )  # fmt: skip


def test_promtool_finds_no_fault(worked: System, viewer: Caller) -> None:
    """Names, types, units and help as Prometheus wants them."""
    del worked
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; on Debian: apt install prometheus")
    text = viewer.get("/metrics").text

    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def documented() -> Iterator[tuple[str, str, str]]:
    """Yield name, type and meaning of each line of the page."""
    page = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")
    for line in page.splitlines():
        if line.startswith("| `airq_"):
            name, kind, _, meaning = (cell.strip() for cell in line.split("|")[1:5])
            yield name.strip("`"), kind, meaning


def test_every_family_is_documented(worked: System, viewer: Caller) -> None:
    """And nothing that is not there."""
    found = scrape(viewer)

    assert sorted(documented()) == sorted(
        (
            name + ("_total" if one.type == "counter" else ""),
            one.type,
            one.documentation,
        )
        for name, one in found.items()
        if name.startswith("airq_")
    )


def test_every_outcome_beside_the_states_is_documented() -> None:
    """Or nobody knows which of them to be alerted by."""
    page = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]

    told = {word.strip(" `") for cell in cells for word in cell.split(",")}

    ends = {"succeeded", "failed", "skipped", "waiting", "running"}
    assert {DROPPED, REFUSED, CRASHED, TIME_LIMIT} | ends <= told
