"""Fetching what is new, and storing it once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from airq_cron import ports
from airq_cron.domain.measurement import Location, Measurement, Origin, Reading
from airq_cron.domain.period import floor_hour
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import (
    MalformedError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
    TransientError,
)
from airq_cron.ports import FetchState, Store
from airq_cron.services.ingest import (
    MOST_ROWS,
    Fetched,
    fetch_readings,
    is_due,
    store_fetched,
)
from airq_cron.services.seed import PARIS
from airq_cron.testing import FakeClock, FakeProvider, Question
from tests.unit.air import Air

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PLACE = replace(PARIS, providers=("open-meteo",))


def reading(at: datetime, value: str | None = "12.5") -> Reading:
    """Give a reading of the hour that holds *at*."""
    amount = None if value is None else Decimal(value)
    return Reading(Pollutant.PM2_5, floor_hour(at), amount, Unit.UG_M3)


def places(*ids: str) -> list[Location]:
    """Give locations that the fake provider knows."""
    return [replace(PLACE, id=id, name=id) for id in ids]  # noqa: A001


def add(store: Store, *ids: str) -> list[Location]:
    """Enter locations that the fake provider knows, and return them."""

    def work(unit: ports.Unit) -> None:
        for place in places(*ids):
            unit.locations.add(place)

    store.write(work)
    return places(*ids)


def quota(clock: FakeClock) -> QuotaError:
    return QuotaError("too often", retry_at=clock.now() + 30 * MINUTE, window="hour")


@pytest.fixture
def provider(clock: FakeClock) -> FakeProvider:
    """Give an upstream that knows three hours of Paris."""
    hours = [reading(clock.now() - back * HOUR, f"{10 + back}") for back in range(3)]
    return FakeProvider(readings={"paris": hours})


Ingest = Callable[..., dict[str, Any]]


@pytest.fixture
def ingest(store: Store, clock: FakeClock, provider: FakeProvider) -> Ingest:
    """Give a function that fetches and stores as a run does."""

    def once(*locations: Location) -> dict[str, Any]:
        fetched = fetch_readings(
            store, {provider.id: provider}, locations or [PLACE], clock.now()
        )
        return store.write(store_fetched(store, fetched))

    return once


def stored(store: Store, clock: FakeClock) -> list[Measurement]:
    with store.read() as unit:
        return unit.measurements.hours(
            "paris", "open-meteo", clock.now() - 100 * HOUR, clock.now() + HOUR
        )


def outcome_of(store: Store, place: str = "paris") -> str | None:
    with store.read() as unit:
        state = unit.locations.fetch_state("open-meteo").get(place)
    return None if state is None else state.outcome


def test_what_is_new_is_stored(ingest: Ingest, store: Store, clock: FakeClock) -> None:
    """Every hour stands there once, with who said it and when."""
    result = ingest()

    rows = stored(store, clock)
    assert {
        "outcome": "ok",
        "asked": 1,
        "not_due": 0,
        "held": {},
        "locations": {"ok": 1},
        "stored": 3,
        "revised": 0,
        "unchanged": 0,
        "refused": {},
    } == result
    assert [12_000_000, 11_000_000, 10_000_000] == [row.micros for row in rows]
    assert {("open-meteo", Origin.MODELLED, clock.now())} == {
        (row.provider, row.origin, row.fetched_at) for row in rows
    }


def test_the_same_answer_twice_changes_nothing(
    ingest: Ingest, store: Store, clock: FakeClock
) -> None:
    """The next hour's answer overlaps with the last one."""
    ingest()
    before = stored(store, clock)
    clock.advance(HOUR)

    result = ingest()

    assert ("unchanged", 0, 3) == (
        result["outcome"], result["stored"], result["unchanged"]
    )  # fmt: skip
    assert [row.micros for row in before] == [
        row.micros for row in stored(store, clock)
    ]


def test_a_changed_hour_is_a_revision(
    ingest: Ingest, provider: FakeProvider, store: Store, clock: FakeClock
) -> None:
    """A model run may correct past hours."""
    ingest()
    clock.advance(HOUR)
    provider.readings["paris"][0] = reading(clock.now() - HOUR, "99")

    result = ingest()

    assert ("ok", 1, 2) == (
        result["outcome"], result["revised"], result["unchanged"]
    )  # fmt: skip
    assert 99_000_000 == stored(store, clock)[-1].micros


def test_nothing_is_asked_twice_in_one_interval(
    ingest: Ingest, provider: FakeProvider, clock: FakeClock
) -> None:
    """A job of every minute costs one call an hour."""
    ingest()
    clock.advance(29 * MINUTE)

    result = ingest()

    assert ("not_due", 0, 1) == (
        result["outcome"], result["asked"], result["not_due"]
    )  # fmt: skip
    assert 1 == len(provider.asked)


def test_a_new_hour_is_asked_for_though_less_than_one_has_passed(
    ingest: Ingest, provider: FakeProvider, clock: FakeClock
) -> None:
    """What counts is the hour of the clock, when the upstream has something new."""
    clock.advance(29 * MINUTE)
    ingest()
    clock.advance(31 * MINUTE)

    ingest()

    assert 2 == len(provider.asked)


@pytest.mark.parametrize("outcome", ["transient", "malformed", "quota"])
def test_after_an_error_the_next_minute_may_ask_again(
    outcome: str, clock: FakeClock
) -> None:
    """Only an answer waits for the next interval."""
    now = clock.now()
    state = FetchState("open-meteo", "paris", now - MINUTE / 4, outcome)

    assert is_due(FakeProvider(), state, now)
    assert not is_due(FakeProvider(), replace(state, outcome="ok"), now)
    assert is_due(FakeProvider(), None, now)


def test_the_first_question_looks_a_day_back(
    ingest: Ingest, provider: FakeProvider, clock: FakeClock
) -> None:
    """Up to the end of the present hour."""
    ingest()

    hour = floor_hour(clock.now())
    assert [Question(("paris",), hour - 24 * HOUR, hour + HOUR)] == provider.asked


def test_an_outage_is_asked_for_from_the_newest_stored_hour(
    ingest: Ingest, provider: FakeProvider, clock: FakeClock
) -> None:
    """A gap closes by itself once the upstream is back."""
    newest = floor_hour(clock.now())
    ingest()
    clock.advance(100 * HOUR)

    ingest()

    assert newest == provider.asked[-1].since


def test_no_question_goes_further_back_than_the_provider_keeps(
    ingest: Ingest, provider: FakeProvider, clock: FakeClock
) -> None:
    """It would be refused."""
    ingest()
    provider.keeps = 48 * HOUR
    clock.advance(100 * HOUR)

    ingest()

    assert floor_hour(clock.now()) - 48 * HOUR == provider.asked[-1].since


def test_what_cannot_be_stored_is_counted_by_reason(
    ingest: Ingest, provider: FakeProvider, clock: FakeClock
) -> None:
    """Sentinels and gaps never reach the record."""
    provider.readings["paris"] = [
        reading(clock.now(), "-999"),
        reading(clock.now() - HOUR, None),
        reading(clock.now() - 2 * HOUR, None),
        reading(clock.now() - 3 * HOUR, "3"),
    ]

    result = ingest()

    assert 1 == result["stored"]
    assert {"sentinel": 1, "missing": 2} == result["refused"]


@pytest.mark.parametrize(
    "error",
    [TransientError("503"), MalformedError("HTML"), PermanentProviderError("403")],
)
def test_an_error_is_kept_and_what_was_stored_stays(
    error: ProviderError,
    ingest: Ingest,
    provider: FakeProvider,
    store: Store,
    clock: FakeClock,
) -> None:
    """The run fails, the record does not."""
    ingest()
    clock.advance(HOUR)
    provider.errors = [error]

    result = ingest()

    assert error.outcome == result["outcome"] == outcome_of(store)
    assert 3 == len(stored(store, clock))


def test_locations_are_asked_for_in_batches(
    ingest: Ingest, provider: FakeProvider, clock: FakeClock
) -> None:
    """As many as fit into one call."""
    provider.batch_size = 2

    result = ingest(*places("a", "b", "c"))

    assert 2 == result["asked"]
    assert [("a", "b"), ("c",)] == [question.locations for question in provider.asked]


def test_a_location_without_this_provider_is_not_asked_for(
    ingest: Ingest, provider: FakeProvider
) -> None:
    """Imported places have no upstream."""
    result = ingest(replace(PLACE, providers=("airparif",)))

    assert ([], 0) == (provider.asked, result["asked"])


def test_a_place_that_is_never_answered_does_not_spoil_the_others(
    ingest: Ingest, provider: FakeProvider, store: Store
) -> None:
    """The batch is asked again one by one, and the place is remembered."""
    provider.refused = {"sea"}

    result = ingest(PLACE, *add(store, "sea"))

    assert 3 == result["stored"]
    assert [("paris", "sea"), ("paris",), ("sea",)] == [
        question.locations for question in provider.asked
    ]
    assert ("ok", "permanent_location") == (outcome_of(store), outcome_of(store, "sea"))


def test_a_place_alone_that_is_never_answered_is_the_outcome(
    ingest: Ingest, provider: FakeProvider
) -> None:
    """The run says why it stored nothing."""
    provider.refused = {"sea"}

    assert "permanent_location" == ingest(*places("sea"))["outcome"]


def test_after_a_quota_nothing_more_is_asked(
    ingest: Ingest, provider: FakeProvider, clock: FakeClock
) -> None:
    """Asking on would only make it worse."""
    provider.batch_size = 1
    provider.errors = [quota(clock)]

    result = ingest(*places("a", "b", "c"))

    assert ("quota", 1) == (result["outcome"], len(provider.asked))


def test_one_batch_that_fails_does_not_stop_the_others(
    ingest: Ingest, provider: FakeProvider, store: Store
) -> None:
    """An answer that cannot be read says nothing about the next one."""
    provider.batch_size = 1
    provider.errors = [MalformedError("HTML")]

    result = ingest(*add(store, "a"), PLACE)

    assert ("malformed", 3) == (result["outcome"], result["stored"])
    assert ("malformed", "ok") == (outcome_of(store, "a"), outcome_of(store))


def test_one_provider_that_refuses_does_not_stop_another(
    store: Store, clock: FakeClock
) -> None:
    """Each speaks for itself."""
    first = FakeProvider("openaq", errors=[quota(clock)])
    second = FakeProvider("open-meteo")
    place = replace(PLACE, providers=("openaq", "open-meteo"))

    fetched = fetch_readings(
        store, {"openaq": first, "open-meteo": second}, [place], clock.now()
    )

    assert (1, 1) == (len(first.asked), len(second.asked))
    assert isinstance(fetched.error, QuotaError)


def test_storing_again_after_an_ambiguous_commit_changes_nothing(
    store: Store, provider: FakeProvider, clock: FakeClock
) -> None:
    """The work of a transaction may be repeated."""
    fetched: Fetched = fetch_readings(
        store, {provider.id: provider}, [PLACE], clock.now()
    )
    last = store_fetched(store, fetched)
    first, again = store.write(last), store.write(last)

    assert (3, 0) == (first["stored"], again["stored"])
    assert 3 == again["unchanged"]


def test_much_is_stored_in_parts_a_places_oldest_hours_first(
    store: Store, clock: FakeClock
) -> None:
    """Should the attempt die, the newest stored hour still says what is lacking."""
    hours = MOST_ROWS // 2 + 10
    newest = floor_hour(clock.now())
    rows = [
        row
        for pollutant in (Pollutant.O3, Pollutant.NO2)
        for row in Air(pollutant=pollutant).rows(
            newest - (hours - 1) * HOUR, [7] * hours
        )
    ]

    last = store_fetched(store, Fetched(at=clock.now(), rows=rows))
    with store.read() as unit:
        reached = unit.measurements.newest("paris", "open-meteo")
    result = store.write(last)

    assert newest - 10 * HOUR == reached
    assert 2 * hours == result["stored"]
