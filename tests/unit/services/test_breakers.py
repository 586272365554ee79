"""Breakers in the work of the services: windows, outages, alerts."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from airq_cron.breaker.fleet import FleetBreaker
from airq_cron.breaker.guard import GuardedProvider
from airq_cron.breaker.memory import MemoryBreakerStorage
from airq_cron.domain.breaker import (
    Breaker,
    BreakerRules,
    BreakerState,
    Hold,
    Result,
)
from airq_cron.domain.job import BUILT_IN, Job
from airq_cron.domain.measurement import Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.run import State
from airq_cron.errors import TransientError
from airq_cron.ports.breaker import Ending
from airq_cron.services.fetch_run import fetch_run
from airq_cron.services.judge_calls import StoredStanding, effective_rules
from airq_cron.services.read_breakers import BreakerLine, Desk
from airq_cron.services.seed import PARIS
from airq_cron.services.split import FreeSlots
from airq_cron.services.watch_breakers import end_holds, look_after
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, FakeProvider, MemoryHeartbeats
from tests import entries

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FETCH_PARIS = next(job for job in BUILT_IN if job.name == "fetch-paris-data")
USUAL = BreakerRules()


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [("* * * * *", 2), ("*/5 * * * *", 10), ("every 10s", 1), ("0 3 * * *", 2880)],
)
def test_the_window_holds_at_least_two_periods(
    store: SqlStore, schedule: str, expected: int
):
    """Otherwise a row of failures would be forgotten between two runs."""
    job = replace(FETCH_PARIS, schedule=schedule)
    store.write(lambda unit: unit.jobs.save(job))
    with store.read() as unit:
        found = effective_rules(unit, "open-meteo", USUAL)

    assert expected * MINUTE == found.window


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"params": {"location": "elsewhere"}}],
)
def test_jobs_that_do_not_ask_do_not_count(store: SqlStore, change: dict[str, Any]):
    """Switched off, or for a place of another provider."""
    job: Job = replace(FETCH_PARIS, schedule="*/5 * * * *", **change)
    store.write(lambda unit: unit.jobs.save(job))
    with store.read() as unit:
        assert MINUTE == effective_rules(unit, "open-meteo", USUAL).window
        assert MINUTE == effective_rules(unit, "iqair", USUAL).window


def test_rules_are_asked_for_once_a_minute(store: SqlStore, clock: FakeClock):
    """Calls are made more often than jobs are changed."""
    standing = StoredStanding(store, USUAL, clock)
    first = standing.rules("open-meteo")
    slower = replace(FETCH_PARIS, schedule="*/5 * * * *")
    store.write(lambda unit: unit.jobs.save(slower))

    assert first == standing.rules("open-meteo")
    clock.wait(61)
    assert 10 * MINUTE == standing.rules("open-meteo").window


def test_a_hold_is_asked_for_once_a_second(store: SqlStore, clock: FakeClock):
    """A thousand calls a second must not be a thousand questions."""
    standing = StoredStanding(store, USUAL, clock)
    hold = Hold("open-meteo", "maintenance", "cli:me", clock.now())

    assert standing.hold("open-meteo") is None
    store.write(lambda unit: unit.breakers.put_hold(hold))
    assert standing.hold("open-meteo") is None
    clock.wait(2)
    assert hold == standing.hold("open-meteo")


@dataclass
class Outage:
    """Paris, asked every minute while its upstream is away for an hour."""

    store: SqlStore
    clock: FakeClock
    inner: FakeProvider = field(default_factory=FakeProvider)
    states: list[tuple[State, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.storage = MemoryBreakerStorage(self.clock)
        standing = StoredStanding(self.store, USUAL, self.clock)
        self.provider = GuardedProvider(
            self.inner,
            lambda: FleetBreaker("open-meteo", self.storage, standing, self.clock),
        )
        self._minute = 0

    def pass_minute(self, *, down: bool) -> None:
        """Let the job run once."""
        self.inner.errors = [TransientError("503")] if down else []
        self.clock.advance(MINUTE)
        self._minute += 1
        claim = entries.begin(
            self.store,
            self._minute,
            of="fetch-paris-data",
            kind="fetch",
            params={"location": "paris"},
        )
        slots = FreeSlots(self.store, MemoryHeartbeats())
        try:
            ending = fetch_run(self.store, {"open-meteo": self.provider}, claim, slots)
        except TransientError:
            self.states.append((State.FAILED, None))
            entries.finish(self.store, claim, State.FAILED, error="503")
            return
        self.store.write(ending.work, claim=claim)
        self.states.append((ending.state, ending.reason))
        entries.finish(self.store, claim, ending.state, reason=ending.reason)

    def count(self, state: State, reason: str | None = None) -> int:
        return self.states.count((state, reason))


def hourly_readings(now: datetime) -> list[Reading]:
    first = now.replace(minute=0, second=0) - 3 * HOUR
    return [
        Reading(Pollutant.NO2, first + n * HOUR, Decimal(20), Unit.UG_M3)
        for n in range(8)
    ]


def test_an_hour_of_outage_costs_a_probe_every_five_minutes(
    store: SqlStore, clock: FakeClock
):
    """Five calls open it; what follows is skipped, and the gap is filled at once."""
    outage = Outage(store, clock)
    outage.inner.readings = {"paris": hourly_readings(clock.now())}
    for _ in range(60):
        outage.pass_minute(down=True)
    asked_while_down = len(outage.inner.asked)
    minutes_until_fetched = 0
    while outage.states[-1] != (State.SUCCEEDED, None):
        outage.pass_minute(down=False)
        minutes_until_fetched += 1

    assert 5 + 11 == asked_while_down
    assert 16 == outage.count(State.FAILED)
    assert 44 <= outage.count(State.SKIPPED, "breaker_open") <= 49
    assert minutes_until_fetched <= 6
    assert BreakerState.CLOSED is outage.storage.look("open-meteo").state
    last = outage.inner.asked[-1]
    assert last.until - last.since >= 24 * HOUR
    with store.read() as unit:
        newest = unit.measurements.newest("paris", "open-meteo")
    assert newest == clock.now().replace(minute=0, second=0)


def end(store: SqlStore, clock: FakeClock, *, is_local: bool = False) -> None:
    """End the holds on a closed breaker that are over."""
    closed = BreakerState.CLOSED
    line = BreakerLine(
        "open-meteo", closed, Breaker(), USUAL, USUAL, None, is_local, clock.now()
    )
    store.write(lambda unit: end_holds(unit, [line], clock.now()))


def test_a_hold_that_is_over_is_told_once(store: SqlStore, clock: FakeClock):
    """In the history, with the instant it was to end at, and then forgotten."""
    until = clock.now() + 5 * MINUTE
    hold = Hold("open-meteo", "their maintenance", "cli:me", clock.now(), until)
    store.write(lambda unit: unit.breakers.put_hold(hold))
    end(store, clock)
    clock.advance(6 * MINUTE)
    end(store, clock, is_local=True)
    with store.read() as unit:
        assert unit.breakers.hold("open-meteo") == hold
    for _ in range(2):
        end(store, clock)

    with store.read() as unit:
        (change,) = unit.breakers.history("open-meteo", limit=9, after=None)
        assert unit.breakers.hold("open-meteo") is None
    assert (until, BreakerState.OPEN, BreakerState.CLOSED, "fleet") == (
        change.at,
        change.before,
        change.after,
        change.actor,
    )


def test_a_probe_that_died_is_freed(
    store: SqlStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
):
    """By who looks after breakers; a living one keeps its lease."""
    storage = MemoryBreakerStorage(clock)
    desk = Desk(store, storage, ["open-meteo"], USUAL, lambda: False)
    for number in range(5):
        ending = Ending(Result.FAILURE, "503")
        storage.settle("open-meteo", f"p{number}", USUAL, ending)
    clock.advance(USUAL.timeout)
    storage.admit("open-meteo", "prober", USUAL)
    (alive,) = look_after(desk)
    clock.advance(USUAL.lease)
    (freed,) = look_after(desk)

    assert ("prober", None) == (alive.breaker.holder, freed.breaker.holder)
    assert BreakerState.HALF_OPEN is freed.state
    assert 1 == sum("a probe died" in one.message for one in caplog.records)


def test_paris_is_asked_by_the_built_in_job():
    """The scene of these tests."""
    assert {"location": PARIS.id} == FETCH_PARIS.params
