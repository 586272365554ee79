"""Asking for what is missing of a place."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from airq_cron.domain.completeness import Completeness
from airq_cron.domain.measurement import Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.run import State
from airq_cron.errors import ConflictError, NotFoundError
from airq_cron.ports import AuditFilter
from airq_cron.services.execute import execute_run
from airq_cron.services.fetch_run import fetch_run
from airq_cron.services.fill_gaps import fill_gaps
from airq_cron.services.read_gaps import read_gaps
from airq_cron.services.seed import PARIS
from airq_cron.services.split import FreeSlots
from airq_cron.store.store import SqlStore
from airq_cron.testing import (
    FakeClock,
    FakeProvider,
    MemoryHeartbeats,
    RecordingDispatcher,
)
from tests.backfills import runs_of
from tests.unit.air import Air

HOUR = timedelta(hours=1)
NO2 = Pollutant.NO2


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def first(clock: FakeClock) -> datetime:
    """Give the first of ten days of hours up to now."""
    return clock.now().replace(minute=0, second=0) - timedelta(days=10)


@pytest.fixture
def provider(first: datetime) -> FakeProvider:
    """Give an upstream that knows every hour of them."""
    readings = [
        Reading(NO2, first + number * HOUR, Decimal(20), Unit.UG_M3)
        for number in range(241)
    ]
    return FakeProvider(readings={"paris": readings})


@pytest.fixture
def holes(store: SqlStore, first: datetime) -> list[int]:
    """Store the hours but for two gaps near each other and one far off."""
    holes = [5, 6, 20, 100]
    values = [None if n in holes else 20.0 for n in range(241)]
    Air(pollutant=NO2).store(store, first, values)
    return holes


def gaps(store: SqlStore, provider: FakeProvider) -> list[Completeness]:
    return read_gaps(store, {"open-meteo": provider}, "paris")


def work_off(
    store: SqlStore, dispatcher: RecordingDispatcher, provider: FakeProvider
) -> None:
    """Do what is published until nothing is left."""
    slots = FreeSlots(store, MemoryHeartbeats())
    while dispatcher.published:
        message = dispatcher.published.pop(0)
        execute_run(
            store,
            dispatcher,
            message.run_id,
            owner="w:1",
            body=lambda claim: fetch_run(store, {"open-meteo": provider}, claim, slots),
            chance=lambda: 0.0,
        )


def test_the_gaps_of_a_place_are_found(
    store: SqlStore, provider: FakeProvider, holes: list[int], first: datetime
):
    """Each stretch once, with its hours."""
    (found,) = gaps(store, provider)

    assert [(first + 5 * HOUR, 2), (first + 20 * HOUR, 1), (first + 100 * HOUR, 1)] == [
        (gap.period.start, gap.hours) for gap in found.gaps
    ]


def test_a_run_for_each_stretch_asks_for_its_hours(
    store: SqlStore,
    provider: FakeProvider,
    dispatcher: RecordingDispatcher,
    holes: list[int],
    first: datetime,
):
    """Gaps less than a day apart take one call; afterwards nothing is missing."""
    backfill = fill_gaps(
        store, dispatcher, {"open-meteo": provider}, "paris", by="cli:me"
    )
    assert 2 == backfill.runs
    work_off(store, dispatcher, provider)

    assert [
        (first + 5 * HOUR, first + 21 * HOUR),
        (first + 100 * HOUR, first + 101 * HOUR),
    ] == [(one.since, one.until) for one in provider.asked]
    assert [()] == [one.gaps for one in gaps(store, provider)]
    assert {State.SUCCEEDED} == {run.state for run in runs_of(store, backfill)}


def test_filling_is_audited_and_explained(
    store: SqlStore,
    provider: FakeProvider,
    dispatcher: RecordingDispatcher,
    holes: list[int],
):
    """Who asked, and why each run is there."""
    backfill = fill_gaps(
        store, dispatcher, {"open-meteo": provider}, "paris", by="cli:me"
    )

    with store.read() as unit:
        entries = unit.audit.find(AuditFilter(actor="cli:me"), limit=9, after=None)
    assert ["backfill.start"] == [one.action for one in entries]
    assert ["fills gaps within 16 h", "fills gaps within 1 h"] == [
        run.decision for run in runs_of(store, backfill)
    ]


def test_other_places_of_the_job_are_left_alone(
    store: SqlStore,
    provider: FakeProvider,
    dispatcher: RecordingDispatcher,
    holes: list[int],
):
    """Its runs are for this place."""
    backfill = fill_gaps(
        store, dispatcher, {"open-meteo": provider}, "paris", by="cli:me"
    )

    assert {"fetch-paris-data"} == {run.job for run in runs_of(store, backfill)}
    work_off(store, dispatcher, provider)
    assert {("paris",)} == {one.locations for one in provider.asked}


def test_nothing_to_fill_is_said(
    store: SqlStore, provider: FakeProvider, dispatcher: RecordingDispatcher
):
    """A second call after the first has done its work."""
    with pytest.raises(ConflictError, match="no gap that can be filled"):
        fill_gaps(store, dispatcher, {"open-meteo": provider}, "paris", by="cli:me")


def test_a_second_call_finds_the_first_under_way(
    store: SqlStore,
    provider: FakeProvider,
    dispatcher: RecordingDispatcher,
    holes: list[int],
):
    """Nothing is asked for twice, and the audit trail has it once."""
    first, second = (
        fill_gaps(store, dispatcher, {"open-meteo": provider}, "paris", by="cli:me")
        for _ in range(2)
    )

    assert first.id == second.id
    with store.read() as unit:
        entries = unit.audit.find(AuditFilter(actor="cli:me"), limit=9, after=None)
    assert 1 == len(entries)
    work_off(store, dispatcher, provider)
    assert 2 == len(provider.asked)


def test_what_stayed_missing_can_be_asked_for_again(
    store: SqlStore, dispatcher: RecordingDispatcher, holes: list[int]
):
    """A provider may have late what it did not have before."""
    empty = FakeProvider(readings={"paris": []})
    ids = []
    for _ in range(2):
        one = fill_gaps(store, dispatcher, {"open-meteo": empty}, "paris", by="cli:me")
        work_off(store, dispatcher, empty)
        ids.append(one.id)

    assert 2 == len(set(ids))
    assert 4 == len(empty.asked)


def test_a_gap_that_is_too_old_says_why(
    store: SqlStore, dispatcher: RecordingDispatcher, holes: list[int]
):
    """The provider forgets after a day."""
    forgetful = FakeProvider(keeps=timedelta(days=1))

    with pytest.raises(ConflictError, match="open-meteo: older than the 1 days"):
        fill_gaps(store, dispatcher, {"open-meteo": forgetful}, "paris", by="cli:me")


def test_a_place_that_is_off_is_not_asked_for(
    store: SqlStore,
    provider: FakeProvider,
    dispatcher: RecordingDispatcher,
    holes: list[int],
):
    """It says so instead of doing nothing."""
    off = replace(PARIS, providers=("open-meteo",), enabled=False)
    store.write(lambda unit: unit.locations.save(off))

    assert ["ended"] == [one.state for one in gaps(store, provider)]
    with pytest.raises(ConflictError, match="switched off"):
        fill_gaps(store, dispatcher, {"open-meteo": provider}, "paris", by="cli:me")


def test_a_place_that_no_job_fetches_is_told(
    store: SqlStore,
    provider: FakeProvider,
    dispatcher: RecordingDispatcher,
    first: datetime,
):
    """There is no general job in this installation."""
    lyon = replace(PARIS, id="lyon", providers=("open-meteo",))
    store.write(lambda unit: unit.locations.add(lyon))
    values = [20.0, None, *[20.0] * 239]
    Air(location="lyon", pollutant=NO2).store(store, first, values)

    with pytest.raises(ConflictError, match="no job fetches"):
        fill_gaps(store, dispatcher, {"open-meteo": provider}, "lyon", by="cli:me")


def test_a_provider_that_never_answered_has_a_line(
    store: SqlStore, provider: FakeProvider
):
    """Otherwise nobody would miss it."""
    (found,) = gaps(store, provider)

    assert ("open-meteo", None, "never_delivered") == (
        found.provider,
        found.pollutant,
        found.state,
    )


def test_an_unknown_place_is_not_found(store: SqlStore, provider: FakeProvider):
    """By its id."""
    with pytest.raises(NotFoundError):
        read_gaps(store, {"open-meteo": provider}, "nowhere")
