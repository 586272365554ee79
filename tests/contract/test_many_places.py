"""Thousands of places: fetched in parts, aggregated in parts."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from airq_cron.domain.job import Queue
from airq_cron.domain.measurement import Reading
from airq_cron.domain.period import floor_hour
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.run import Claim, State
from airq_cron.ports import Heartbeat
from airq_cron.services.aggregate import aggregate_run
from airq_cron.services.execute import Body, Ending, execute_run
from airq_cron.services.fetch_run import fetch_run
from airq_cron.services.split import FreeSlots
from airq_cron.store.air_tables import locations
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeProvider, MemoryHeartbeats, RecordingDispatcher
from tests import entries

MANY = 3_200
IDS = [f"p{number:05}" for number in range(MANY)]
SEA = "p01234"


@pytest.fixture
def places(store: SqlStore) -> SqlStore:
    """Give a store that knows three thousand places."""

    values = {
        "name": "A place",
        "lat": "48.8",
        "lon": "2.3",
        "zone": "Europe/Paris",
        "providers": ["open-meteo"],
        "enabled": True,
    }
    with store._engine.connect() as connection:
        connection.execution_options(writing=True)
        with connection.begin():
            rows = [{"id": one, **values} for one in IDS]
            connection.execute(insert(locations), rows)
    return store


@pytest.fixture
def slots(store: SqlStore) -> FreeSlots:
    """Give the slots of one worker with 16 children on both queues."""
    heartbeats = MemoryHeartbeats()
    detail = {"children": 16, "queues": ["analytics", "data-fetch"]}
    heartbeat = Heartbeat("w", "worker", entries.DAWN, detail)
    heartbeats.beat(heartbeat, timedelta(minutes=1))
    return FreeSlots(store, heartbeats)


def execute(store: SqlStore, run_id: str, body: Body) -> list[str]:
    """Execute a run and the parts that it is split into; return the parts."""
    dispatcher = RecordingDispatcher()
    left = [run_id]
    for number in range(MANY):
        execute_run(
            store, dispatcher, left[number], owner="w:1", body=body, chance=lambda: 0
        )
        left = [run_id, *dispatcher.ids]
        if number + 1 == len(left):
            break
    return left[1:]


def enter(store: SqlStore, name: str, queue: Queue) -> str:
    """Enter a job and a run of it; return the run's id."""
    store.write(lambda unit: unit.jobs.add(entries.job(name, kind=name, queue=queue)))
    (run_id,) = entries.enter(store, entries.run(of=name, kind=name, queue=queue.value))
    return run_id


def provider(store: SqlStore) -> FakeProvider:
    """Return an upstream that knows the present hour of every place but one."""
    with store.read() as unit:
        hour = floor_hour(unit.runs.now())
    reading = Reading(Pollutant.NO2, hour, Decimal(20), Unit.UG_M3)
    return FakeProvider(readings={one: [reading] for one in IDS}, refused={SEA})


def test_three_thousand_places_work(places: SqlStore, slots: FreeSlots) -> None:
    """Each is fetched once and aggregated once, and the one bad one is told."""
    upstream = {"open-meteo": provider(places)}

    def fetch(claim: Claim) -> Ending:
        return fetch_run(places, upstream, claim, slots)

    def aggregate(claim: Claim) -> Ending:
        return aggregate_run(places, claim, slots)

    fetches = execute(places, enter(places, "fetch", Queue.DATA_FETCH), fetch)
    sums = execute(places, enter(places, "aggregate", Queue.ANALYTICS), aggregate)

    wholes = [
        entries.get(places, fetches[0]).parent,
        entries.get(places, sums[0]).parent,
    ]
    assert (32, 32) == (len(fetches), len(sums))
    assert [State.SUCCEEDED] * 2 == entries.states(places, [str(one) for one in wholes])
    stored = [entries.get(places, one).result or {} for one in fetches]
    assert (MANY - 1, 1) == (
        sum(one["stored"] for one in stored),
        sum(one["locations"].get("permanent_location", 0) for one in stored),
    )
    hours = [(entries.get(places, one).result or {})["hours"] for one in sums]
    assert MANY - 1 == sum(hours)
