"""The overview says how the instance does, and why."""

from datetime import timedelta
from decimal import Decimal

from airq_cron.domain.job import BUILT_IN
from airq_cron.domain.measurement import Measurement, Origin
from airq_cron.domain.pollutant import Pollutant, Unit, to_micros
from airq_cron.ports import Batch, FetchState, Heartbeat, QueueState
from airq_cron.system import System
from airq_cron.testing import FakeClock, MemoryHeartbeats, MemoryQueues
from tests.unit.api.caller import Caller

QUEUES = ["data-fetch", "analytics", "maintenance", "monitoring", "notifications"]
OVERVIEW = "/cron/status/overview"


def bring_up(system: System) -> None:
    """Let a worker and a beat be alive, the queues empty, Paris fresh."""
    now = system.clock.now()
    worker = Heartbeat("data@host", "worker", now, {"queues": QUEUES})
    beat = Heartbeat("beat@host", "beat", now)
    for process in (worker, beat):
        system.heartbeats.beat(process, timedelta(minutes=1))
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.known = [QueueState(name, 0, None) for name in QUEUES]
    row = Measurement(
        provider="open-meteo",
        location="paris",
        pollutant=Pollutant.PM2_5,
        valid_from=now.replace(minute=0, second=0),
        micros=to_micros(Decimal("9.1"))[0],
        unit=Unit.UG_M3,
        origin=Origin.MODELLED,
        fetched_at=now,
    )
    fetched = FetchState("open-meteo", "paris", now, "ok")
    system.store.write(lambda unit: unit.measurements.upsert([row]))
    system.store.write(lambda unit: unit.locations.note_fetch([fetched]))


def test_all_is_well_without_reasons(viewer: Caller, system: System):
    """Processes alive, queues empty, data fresh: ok."""
    bring_up(system)
    body = viewer.get(OVERVIEW).json

    assert ("ok", []) == (body["state"], body["reasons"])
    assert {"data@host", "beat@host"} == {one["name"] for one in body["processes"]}
    assert set(QUEUES) == {queue["name"] for queue in body["queues"]}
    assert ["data@host"] == body["queues"][0]["consumers"]
    assert [
        {"id": "open-meteo", "origin": "modelled", "attribution": "Nobody"}
    ] == body["providers"]
    assert "2026-03-01T12:00:30Z" == body["as_of"]


def test_freshness_is_told_by_location(viewer: Caller, system: System):
    """Each place has its newest hour, its age and its last fetch."""
    bring_up(system)
    (paris,) = viewer.get(OVERVIEW).json["locations"]

    assert ("paris", "2026-03-01T12:00:00Z", 30, True) == (
        paris["id"],
        paris["newest_at"],
        paris["age_s"],
        paris["fresh"],
    )
    assert {
        "provider": "open-meteo",
        "asked_at": "2026-03-01T12:00:30Z",
        "outcome": "ok",
        "detail": "",
    } == paris["last_fetch"]


def test_old_data_degrade_the_state(viewer: Caller, system: System, clock: FakeClock):
    """A green job with dead data is not ok."""
    bring_up(system)
    clock.advance(timedelta(seconds=50))
    assert "ok" == viewer.get(OVERVIEW).json["state"]
    clock.advance(timedelta(hours=3))
    bring_up_processes(system)
    body = viewer.get(OVERVIEW).json

    assert "degraded" == body["state"]
    assert any("Paris has no data since" in one for one in body["reasons"])


def test_what_processes_disagree_about_is_a_warning(
    viewer: Caller, system: System, clock: FakeClock
):
    """It says what to do, and degrades nothing."""
    bring_up(system)
    assert [] == viewer.get(OVERVIEW).json["warnings"]
    ahead = {"host": "host-b", "tzdata": "2020a", "clock_offset_s": 3.0}
    now = system.clock.now()
    for name, detail in (("beat-2", ahead), ("beat-3", {"tzdata": "2026f"})):
        beat = Heartbeat(name, "beat", now, detail)
        system.heartbeats.beat(beat, timedelta(minutes=1))
    clock.advance(timedelta(seconds=1))
    body = viewer.get(OVERVIEW).json

    assert "ok" == body["state"]
    assert [("clocks", "warn"), ("tzdata", "warn")] == [
        (one["code"], one["severity"]) for one in body["warnings"]
    ]
    assert all(one["fix"] for one in body["warnings"])


def bring_up_processes(system: System) -> None:
    """Let the processes beat again."""
    now = system.clock.now()
    beats = system.heartbeats
    beats.beat(
        Heartbeat("data@host", "worker", now, {"queues": QUEUES}), timedelta(minutes=1)
    )
    beats.beat(Heartbeat("beat@host", "beat", now), timedelta(minutes=1))


def test_without_a_worker_the_instance_is_down(viewer: Caller):
    """Nothing can run, and the reasons say so."""
    body = viewer.get(OVERVIEW).json

    assert "down" == body["state"]
    assert {"no worker is alive", "no beat is alive"} <= set(body["reasons"])


def test_without_a_broker_the_overview_still_answers(viewer: Caller, system: System):
    """What Redis would say is null; the ledger's part is there."""
    bring_up(system)
    queues, beats = system.queues, system.heartbeats
    assert isinstance(queues, MemoryQueues)
    assert isinstance(beats, MemoryHeartbeats)
    queues.broken = beats.broken = True
    body = viewer.get(OVERVIEW).json

    assert "down" == body["state"]
    assert 1 == len([one for one in body["reasons"] if "AIRQ_REDIS_URL" in one])
    assert {None} == {queue["waiting"] for queue in body["queues"]}
    assert len(BUILT_IN) == len(body["jobs"])


def test_a_full_queue_is_a_reason(viewer: Caller, system: System):
    """More than a hundred waiting messages are told with their queue."""
    bring_up(system)
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.known = [QueueState("analytics", 101, 12.3456)]
    body = viewer.get(OVERVIEW).json
    (line,) = (queue for queue in body["queues"] if queue["name"] == "analytics")

    (reason,) = body["reasons"]
    assert "Queue analytics has 101 waiting messages, more than 100" in reason
    assert (101, 12.346) == (line["waiting"], line["oldest_age_s"])


def test_running_runs_are_in_flight(operator: Caller, system: System):
    """The ledger says how many runs of a queue hold a lease."""
    run = operator.post("/cron/jobs/fetch-paris-data/execute").json
    system.store.write(
        lambda unit: unit.runs.claim(
            run["id"], owner="data@host:1", lease=timedelta(seconds=10)
        )
    )
    queues = operator.get(OVERVIEW).json["queues"]

    assert {"data-fetch": 1} == {
        queue["name"]: queue["in_flight"] for queue in queues if queue["in_flight"]
    }


def test_versions_and_uptime_are_told(viewer: Caller, clock: FakeClock):
    """Who answers, in which version, for how long."""
    clock.advance(timedelta(seconds=90))
    body = viewer.get(OVERVIEW).json

    assert 90 == body["uptime_s"]
    assert {"airq_cron", "python"} == set(body["versions"])


def test_queues_have_their_score_and_what_holds_them_up(viewer: Caller, system: System):
    """Null while nobody counts; the backlog is seen all the same."""
    bring_up(system)
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.known = [QueueState(name, 0, None) for name in QUEUES[1:]]
    queues.known.append(QueueState("data-fetch", 500, None))
    batch = Batch()
    batch.saw("analytics", system.clock.now(), 0, None)
    system.counters.flush(batch)
    found = {one["name"]: one for one in viewer.get(OVERVIEW).json["queues"]}

    assert (1.0, "low", []) == tuple(
        found["analytics"][name] for name in ("score", "confidence", "bottlenecks")
    )
    assert (None, "none") == tuple(
        found["data-fetch"][name] for name in ("score", "confidence")
    )
    assert [("queue_backlog", "critical")] == [
        (one["kind"], one["severity"]) for one in found["data-fetch"]["bottlenecks"]
    ]
