"""Asking for reported indices, and storing them as such."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airq_cron import ports
from airq_cron.domain.measurement import Location
from airq_cron.errors import (
    BreakerOpenError,
    MalformedError,
    PermanentProviderError,
    QuotaError,
    TransientError,
)
from airq_cron.ports import Store
from airq_cron.providers.iqair import IqAir
from airq_cron.services.ingest_reported import (
    Reports,
    ask_reports,
    pace,
    store_reports,
)
from airq_cron.services.refusals import enable_provider
from airq_cron.services.seed import PARIS
from airq_cron.testing import FakeClock, FakeIndexProvider

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def provider(clock: FakeClock) -> FakeIndexProvider:
    """Give an upstream that knows three places."""
    return FakeIndexProvider(clock, values={"a": 10, "b": 20, "c": 30})


@pytest.fixture
def places(store: Store) -> list[Location]:
    """Enter three places of which the last two name the provider."""
    named = [
        replace(PARIS, id=one, name=one, providers=who)
        for one, who in [("a", ()), ("b", ("iqair",)), ("c", ("x", "iqair"))]
    ]

    def add(unit: ports.Unit) -> None:
        for place in named:
            unit.locations.add(place)

    store.write(add)
    return named


def ask(store: Store, provider: FakeIndexProvider, places: list[Location]) -> Reports:
    """Ask as a run does that begins now."""
    return ask_reports(store, {"iqair": provider}, places, provider.clock.now())


def keep(store: Store, reports: Reports) -> dict[str, Any]:
    """Store what was reported; return what became of it."""
    return store.write(store_reports(reports))


def test_places_that_name_it_are_asked_for(
    store: Store, provider: FakeIndexProvider, places: list[Location]
) -> None:
    """And what comes is stored beside the readings."""
    result = keep(store, ask(store, provider, places))

    assert ["b", "c"] == provider.asked
    assert {
        "asked": 2, "not_due": 0, "locations": {"ok": 2}, "stored": 2, "unchanged": 0,
    } == result  # fmt: skip
    with store.read() as unit:
        [index] = unit.reported.page("b", limit=9)
        assert (20, "aqius") == (index.value, index.scheme)
        assert not unit.measurements.series("b")


def test_nothing_is_asked_twice_in_an_hour(
    store: Store, provider: FakeIndexProvider, places: list[Location], clock: FakeClock
) -> None:
    """The same index learnt again is not a new one."""
    keep(store, ask(store, provider, places))
    clock.advance(59 * MINUTE)
    assert 2 == keep(store, ask(store, provider, places))["not_due"]

    clock.advance(MINUTE)
    keep(store, ask(store, provider, places))
    assert 4 == len(provider.asked)


@pytest.mark.parametrize(
    ("places", "hours"), [(0, 1), (1, 1), (13, 1), (14, 2), (26, 2), (27, 3), (400, 30)]
)
def test_the_monthly_quota_bears_the_pace(places: int, hours: int) -> None:
    """Of IQAir's free plan; thirteen places an hour are its ceiling."""
    provider = IqAir("http://localhost", key="k", client=None, clock=FakeClock())  # type: ignore[arg-type]
    found = pace(provider, places)

    assert hours * HOUR == found
    assert places * (timedelta(days=31) / found) <= 10_000


def test_a_place_that_is_not_covered_is_no_error(
    store: Store, provider: FakeIndexProvider, places: list[Location]
) -> None:
    """The others are asked, and it is asked again in an hour."""
    del provider.values["b"]
    reports = ask(store, provider, places)

    assert reports.error is None
    assert {"permanent_location": 1, "ok": 1} == keep(store, reports)["locations"]


def test_an_error_does_not_stop_the_others(
    store: Store, provider: FakeIndexProvider, places: list[Location]
) -> None:
    """An answer that fails says nothing about the next one."""
    provider.errors = [TransientError("503")]
    reports = ask(store, provider, places)

    assert ["b", "c"] == provider.asked
    assert isinstance(reports.error, TransientError)
    assert {"transient": 1, "ok": 1} == keep(store, reports)["locations"]


def test_after_a_quota_nobody_is_asked_for(
    store: Store, provider: FakeIndexProvider, places: list[Location], clock: FakeClock
) -> None:
    """Until the window is over: a day here, and no call in between."""
    retry_at = clock.now() + 12 * HOUR
    provider.errors = [QuotaError("a day", retry_at=retry_at, window="day")]
    keep(store, ask(store, provider, places))
    clock.advance(11 * HOUR)
    keep(store, ask(store, provider, places))
    assert ["b"] == provider.asked

    clock.advance(HOUR)
    keep(store, ask(store, provider, places))
    assert ["b", "b", "c"] == provider.asked


def test_a_refused_key_is_not_tried_again(
    store: Store, provider: FakeIndexProvider, places: list[Location], clock: FakeClock
) -> None:
    """A person has to act, and to say so."""
    provider.errors = [PermanentProviderError("expired")]
    reports = ask(store, provider, places)
    keep(store, reports)
    assert isinstance(reports.error, PermanentProviderError)

    clock.advance(30 * MINUTE)
    keep(store, ask(store, provider, places))
    assert ["b"] == provider.asked
    clock.advance(timedelta(days=3))
    keep(store, ask(store, provider, places))
    assert ["b"] == provider.asked
    store.write(lambda unit: enable_provider(unit, "iqair"))
    keep(store, ask(store, provider, places))
    assert ["b", "b", "c"] == provider.asked


def test_an_answer_that_cannot_be_read_is_kept(
    store: Store, provider: FakeIndexProvider, places: list[Location]
) -> None:
    """As with concentrations."""
    error = MalformedError("no JSON")
    error.body = b"<html>"
    provider.errors = [error]
    keep(store, ask(store, provider, places))

    with store.read() as unit:
        (sample,) = unit.upstreams.samples("iqair")
    assert ("no JSON", "<html>") == (sample.reason, sample.body)


def test_an_open_breaker_is_not_asked_for_every_place(
    store: Store, provider: FakeIndexProvider, places: list[Location]
) -> None:
    """One refusal says it for all."""
    provider.errors = [BreakerOpenError("iqair", "503", None)] * 2
    reports = ask(store, provider, places)

    assert ["b"] == provider.asked
    assert isinstance(reports.error, BreakerOpenError)
