"""A fetch run over many places, done in parts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.job import Queue
from airq_cron.domain.measurement import Location
from airq_cron.domain.run import Claim, State
from airq_cron.errors import TransientError
from airq_cron.services.execute import Ending, execute_run
from airq_cron.services.fetch_run import fetch_run
from airq_cron.services.seed import PARIS
from airq_cron.services.split import FreeSlots
from airq_cron.store.store import SqlStore
from airq_cron.testing import (
    FakeClock,
    FakeProvider,
    MemoryHeartbeats,
    RecordingDispatcher,
)
from tests import entries

JOB = "fetch-others"
PLACES = [f"p{number:03}" for number in range(450)]
BAD = "p123"

Work = Callable[..., list[str]]


@pytest.fixture
def provider() -> FakeProvider:
    """Give an upstream that has no readings, and does not cover one place."""
    return FakeProvider(refused={BAD})


@pytest.fixture
def run_id(store: SqlStore) -> str:
    """Give a run for 450 places that no other job names."""
    job = entries.job(JOB, kind="fetch", queue=Queue.DATA_FETCH)
    store.write(lambda unit: unit.jobs.add(job))
    add_places(store, PLACES)
    (entered,) = entries.enter(
        store, entries.run(of=JOB, kind="fetch", queue="data-fetch")
    )
    return entered


@pytest.fixture
def work(store: SqlStore, provider: FakeProvider) -> Work:
    """Give a function that executes a run and its parts; it returns the parts."""
    slots = FreeSlots(store, MemoryHeartbeats())

    def body(claim: Claim) -> Ending:
        return fetch_run(store, {"open-meteo": provider}, claim, slots)

    def execute(run_id: str) -> list[str]:
        dispatcher = RecordingDispatcher()
        left, done = [run_id], 0
        while done < len(left):
            execute_run(
                store, dispatcher, left[done], owner="w:1", body=body, chance=lambda: 0
            )
            done += 1
            left = [run_id, *dispatcher.ids]
        return left[1:]

    return execute


def add_places(store: SqlStore, ids: list[str]) -> None:
    known = replace(PARIS, providers=("open-meteo",))
    places: list[Location] = [replace(known, id=one, name=one) for one in ids]

    def add(unit: Any) -> None:
        for place in places:
            unit.locations.add(place)

    store.write(add)


def results(store: SqlStore, ids: list[str], name: str) -> list[Any]:
    return [(entries.get(store, one).result or {})[name] for one in ids]


def test_every_place_is_asked_for_in_one_part(
    store: SqlStore, provider: FakeProvider, work: Work, run_id: str
) -> None:
    """The places were shared out when the run began; together the parts end it."""
    provider.refused.clear()

    parts = work(run_id)

    params = [entries.get(store, part).params["locations"] for part in parts]
    assert PLACES == [place for part in params for place in part]
    assert [113, 113, 112, 112] == [len(part) for part in params]
    assert PLACES == [one for question in provider.asked for one in question.locations]
    assert State.SUCCEEDED is entries.get(store, run_id).state


def test_a_bad_place_is_no_failure_of_its_part(
    store: SqlStore, work: Work, run_id: str
) -> None:
    """The part says so, and its other places are fetched."""
    parts = work(run_id)

    assert [State.SUCCEEDED] * 4 == entries.states(store, parts)
    assert [
        {"ok": 113},
        {"ok": 112, "permanent_location": 1},
        {"ok": 112},
        {"ok": 112},
    ] == results(store, parts, "locations")
    with store.read() as unit:
        states = unit.locations.fetch_state("open-meteo")
    assert [BAD] == [one for one, state in states.items() if state.outcome != "ok"]


def test_a_bad_place_costs_few_calls(
    provider: FakeProvider, work: Work, run_id: str
) -> None:
    """A hundred places are asked for by halves, not one by one."""
    work(run_id)

    # Eight without it: each part asks for a hundred places, and for the rest.
    assert 8 + 14 >= len(provider.asked)


def test_an_upstream_that_fails_fails_the_part(
    store: SqlStore, provider: FakeProvider, work: Work, run_id: str
) -> None:
    """That is not a matter of a place; the run says how many parts failed."""
    provider.errors = [TransientError("503")]

    parts = work(run_id)

    assert [State.FAILED, *[State.SUCCEEDED] * 3] == entries.states(store, parts)
    assert "1 of 4 parts failed" == entries.get(store, run_id).error


def test_only_places_that_are_due_are_shared_out(
    store: SqlStore, work: Work, run_id: str, clock: FakeClock
) -> None:
    """A job of every minute asks for a place once an hour."""
    work(run_id)
    clock.advance(timedelta(minutes=1))
    add_places(store, ["q1"])
    (again,) = entries.enter(
        store, entries.run(1, of=JOB, kind="fetch", queue="data-fetch")
    )

    parts = work(again)

    assert [] == parts
    assert ([449], [{"ok": 1}]) == (
        results(store, [again], "not_due"),
        results(store, [again], "locations"),
    )


def test_a_place_that_is_gone_or_off_is_left_out(
    store: SqlStore, provider: FakeProvider, work: Work, run_id: str
) -> None:
    """Between the splitting and the part, people may have changed their minds."""
    provider.refused.clear()
    claimed = entries.claim(store, run_id, owner="w:1")
    wanted = {"locations": ["p001", "p002", "p003"]}
    (part,) = store.write(lambda unit: unit.runs.split(claimed, [wanted]))

    def change(unit: Any) -> None:
        unit.locations.remove("p001")
        unit.locations.save(replace(unit.locations.get("p002"), enabled=False))

    store.write(change)
    work(part)

    assert [("p003",)] == [question.locations for question in provider.asked]


def test_a_job_for_one_place_never_splits(
    store: SqlStore, provider: FakeProvider, work: Work, run_id: str
) -> None:
    """Nor does one with as many as fit into one question."""
    params = {"location": "p001"}
    (one,) = entries.enter(
        store, entries.run(2, of=JOB, kind="fetch", queue="data-fetch", params=params)
    )

    assert [] == work(one)
    assert [("p001",)] == [question.locations for question in provider.asked]
