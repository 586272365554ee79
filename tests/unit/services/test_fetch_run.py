"""How a fetch run ends, by what the upstream answered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from airq_cron.domain.job import BUILT_IN, Job
from airq_cron.domain.measurement import Location, Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.run import Claim, State
from airq_cron.errors import (
    LeaseLostError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
    TransientError,
)
from airq_cron.ports import Unit as Work
from airq_cron.services.execute import Ending
from airq_cron.services.fetch_run import fetch_run, places_for
from airq_cron.services.seed import OTHERS, PARIS
from airq_cron.services.split import FreeSlots
from airq_cron.store.store import SqlStore
from airq_cron.testing import (
    FakeClock,
    FakeIndexProvider,
    FakeProvider,
    MemoryHeartbeats,
)
from tests import entries

HOUR = timedelta(hours=1)
LYON = replace(PARIS, id="lyon", name="Lyon")
LYON_KNOWN = replace(LYON, providers=("open-meteo",))
NICE = replace(PARIS, id="nice", name="Nice")
FETCH_PARIS = next(job for job in BUILT_IN if job.name == "fetch-paris-data")
FETCH_LYON = replace(FETCH_PARIS, name="fetch-lyon", params={"location": "lyon"})


@pytest.fixture
def provider(clock: FakeClock) -> FakeProvider:
    """Give an upstream that knows one hour of Paris."""
    at = clock.now().replace(minute=0, second=0)
    reading = Reading(Pollutant.NO2, at, Decimal(20), Unit.UG_M3)
    return FakeProvider(readings={"paris": [reading]})


@pytest.fixture
def claim(store: SqlStore) -> Claim:
    """Give a claimed run of the job that fetches Paris."""
    return entries.begin(
        store, of="fetch-paris-data", kind="fetch", params={"location": "paris"}
    )


def fetch_once(store: SqlStore, provider: FakeProvider, claim: Claim) -> Ending:
    slots = FreeSlots(store, MemoryHeartbeats())
    return fetch_run(store, {"open-meteo": provider}, claim, slots)


def newest(store: SqlStore) -> datetime | None:
    with store.read() as unit:
        return unit.measurements.newest("paris", "open-meteo")


def test_an_answer_is_stored_with_the_end_of_the_run(
    store: SqlStore, provider: FakeProvider, claim: Claim, clock: FakeClock
) -> None:
    """Nothing is written before the run ends."""
    ending = fetch_once(store, provider, claim)

    before = newest(store)
    result = store.write(ending.work, claim=claim)

    assert State.SUCCEEDED is ending.state
    assert before is None
    assert ("ok", 1) == (result["outcome"], result["stored"])
    assert clock.now().replace(minute=0, second=0) == newest(store)


def test_an_error_fails_the_attempt_after_the_rest_is_stored(
    store: SqlStore, provider: FakeProvider, claim: Claim
) -> None:
    """What one batch gave is not lost because another failed."""
    store.write(lambda unit: unit.locations.add(LYON_KNOWN))
    provider.batch_size = 1
    provider.errors = [TransientError("503")]
    everywhere = replace(claim, params={})
    store.write(lambda unit: unit.jobs.save(replace(FETCH_PARIS, params={})))

    with pytest.raises(TransientError, match="503"):
        fetch_once(store, provider, everywhere)

    assert newest(store) is not None


def test_an_attempt_that_lost_its_run_stores_nothing(
    store: SqlStore, provider: FakeProvider, claim: Claim
) -> None:
    """Another attempt owns the run now."""
    provider.errors = [TransientError("503")]
    stale = replace(claim, attempt=claim.attempt - 1)

    with pytest.raises(LeaseLostError):
        fetch_once(store, provider, stale)


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        (lambda claim: claim.deadline_at - timedelta(seconds=1), State.WAITING),
        (lambda claim: claim.deadline_at, State.SKIPPED),
        (lambda claim: claim.deadline_at + HOUR, State.SKIPPED),
    ],
    ids=["before", "at", "after"],
)
def test_a_quota_waits_until_the_deadline_at_most(
    wait: Callable[[Claim], datetime],
    expected: State,
    store: SqlStore,
    provider: FakeProvider,
    claim: Claim,
) -> None:
    """It is no failure, and the gap is fetched later."""
    retry_at = wait(claim)
    provider.errors = [QuotaError("too often", retry_at=retry_at, window="minute")]

    ending = fetch_once(store, provider, claim)

    assert (expected, "quota") == (ending.state, ending.reason)
    assert (retry_at if expected is State.WAITING else None) == ending.not_before
    assert "quota" == store.write(ending.work)["outcome"]


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (FETCH_PARIS, ["paris"]),
        (FETCH_LYON, ["lyon"]),
        (OTHERS, ["nice"]),
        (replace(FETCH_PARIS, params={"location": "gone"}), []),
    ],
    ids=["paris", "lyon", "others", "gone"],
)
def test_a_job_without_a_location_is_for_those_that_no_other_names(
    job: Job, expected: list[str]
) -> None:
    """Every place is fetched by one job."""
    jobs = [FETCH_PARIS, FETCH_LYON, OTHERS]

    found = places_for(job.params, [PARIS, LYON, NICE], jobs)

    assert expected == [place.id for place in found]


def test_a_place_that_is_switched_off_is_not_fetched() -> None:
    """Neither by its own job nor by the one for all others."""
    off = replace(NICE, enabled=False)

    assert [] == places_for({"location": "nice"}, [off], [OTHERS])
    assert [] == places_for({}, [off], [OTHERS])


def past_claim(store: SqlStore, hours: int, at: datetime, **more: Any) -> Claim:
    """Claim a run of a backfill for so many hours up to *at*."""
    return entries.begin(
        store,
        of="fetch-paris-data",
        kind="fetch",
        params={"location": "paris"},
        scheduled_for=at,
        origin="backfill:b1",
        interval_start=at - hours * HOUR,
        **more,
    )


def test_a_backfill_asks_for_the_hours_of_its_interval(
    store: SqlStore, provider: FakeProvider, clock: FakeClock
) -> None:
    """Never for what is new, and whether or not the provider is due."""
    at = clock.now().replace(minute=0, second=0) - 240 * HOUR
    provider.readings["paris"] = [
        Reading(Pollutant.NO2, at + number * HOUR, Decimal(number + 9), Unit.UG_M3)
        for number in range(-9, 9)
    ]

    ending = fetch_once(store, provider, past_claim(store, 3, at))
    result = store.write(ending.work)

    (asked,) = provider.asked
    assert (at - 2 * HOUR, at + HOUR) == (asked.since, asked.until)
    assert ("ok", 3) == (result["outcome"], result["stored"])
    assert at == newest(store)


def test_a_backfill_leaves_no_trace_for_the_live_schedule(
    store: SqlStore, provider: FakeProvider, clock: FakeClock, claim: Claim
) -> None:
    """An answer about old hours is none about the present one."""
    past = past_claim(store, 3, clock.now() - 240 * HOUR)

    store.write(fetch_once(store, provider, past).work)
    result = store.write(fetch_once(store, provider, claim).work)

    assert ("ok", 0) == (result["outcome"], result["not_due"])


def test_a_minute_in_which_no_hour_begins_has_nothing_to_ask(
    store: SqlStore, provider: FakeProvider, clock: FakeClock
) -> None:
    """Each hour is asked for once in a backfill of a job of every minute."""
    at = clock.now().replace(minute=17, second=0) - 24 * HOUR
    past = replace(past_claim(store, 1, at), interval_start=at - timedelta(minutes=1))

    ending = fetch_once(store, provider, past)

    assert State.SUCCEEDED is ending.state
    assert "not_due" == store.write(ending.work)["outcome"]
    assert [] == provider.asked


def test_hours_that_no_provider_keeps_are_skipped(
    store: SqlStore, provider: FakeProvider, clock: FakeClock
) -> None:
    """The run says so, and nobody is asked."""
    past = past_claim(store, 24, clock.now() - provider.keeps - 24 * HOUR)

    ending = fetch_once(store, provider, past)

    assert (State.SKIPPED, "not_kept") == (ending.state, ending.reason)
    assert "not_kept" == store.write(ending.work)["outcome"]
    assert [] == provider.asked


def test_hours_that_are_partly_kept_are_asked_for_from_there_on(
    store: SqlStore, provider: FakeProvider, clock: FakeClock
) -> None:
    """What there is is better than nothing."""
    oldest = (clock.now() - provider.keeps).replace(minute=0, second=0)

    fetch_once(store, provider, past_claim(store, 24, oldest + 5 * HOUR))

    (asked,) = provider.asked
    assert (oldest, oldest + 6 * HOUR) == (asked.since, asked.until)


def add_place(unit: Work, place: Location) -> None:
    """Enter one more place."""
    unit.locations.add(place)


def test_a_backfill_of_many_places_splits_too(
    store: SqlStore, provider: FakeProvider, clock: FakeClock
) -> None:
    """All of them, due or not; where no hour begins there is nothing to split."""
    many = [
        replace(LYON_KNOWN, id=f"place-{number}", name="x") for number in range(250)
    ]
    for place in many:
        store.write(partial(add_place, place=place))
    at = clock.now().replace(minute=0, second=0) - 24 * HOUR
    past = replace(past_claim(store, 1, at), params={})

    parts = fetch_once(store, provider, past).parts
    idle = replace(past, scheduled_for=at + timedelta(minutes=9), interval_start=at)

    assert 250 <= sum(len(part["locations"]) for part in parts)
    assert () == fetch_once(store, provider, idle).parts


def fetch_both(
    store: SqlStore, provider: FakeProvider, indices: FakeIndexProvider, claim: Claim
) -> Ending:
    """Fetch Paris from both, of which it names both."""
    both = replace(PARIS, providers=("open-meteo", "iqair"))
    store.write(lambda unit: unit.locations.save(both))
    slots = FreeSlots(store, MemoryHeartbeats())
    return fetch_run(store, {"open-meteo": provider}, claim, slots, {"iqair": indices})


def test_reported_indices_come_with_the_run(
    store: SqlStore, provider: FakeProvider, claim: Claim, clock: FakeClock
) -> None:
    """In the result they stand apart from the readings."""
    indices = FakeIndexProvider(clock, values={"paris": 52})

    result = store.write(fetch_both(store, provider, indices, claim).work)

    assert (1, 1) == (result["stored"], result["reported"]["stored"])
    with store.read() as unit:
        assert [52] == [one.value for one in unit.reported.page("paris", limit=9)]


@pytest.mark.parametrize(
    "error",
    [
        TransientError("503"),
        QuotaError("a day", retry_at=datetime.max.replace(tzinfo=UTC), window="day"),
    ],
)
def test_an_index_that_does_not_come_spoils_no_readings(
    store: SqlStore,
    provider: FakeProvider,
    claim: Claim,
    clock: FakeClock,
    error: ProviderError,
) -> None:
    """The run has done what it is for; the result says what did not come."""
    indices = FakeIndexProvider(clock, errors=[error])

    ending = fetch_both(store, provider, indices, claim)

    assert State.SUCCEEDED is ending.state
    result = store.write(ending.work)
    assert {error.outcome: 1} == result["reported"]["locations"]


def test_a_refused_key_fails_the_run_after_the_readings_are_stored(
    store: SqlStore, provider: FakeProvider, claim: Claim, clock: FakeClock
) -> None:
    """Somebody must hear of it."""
    indices = FakeIndexProvider(clock, errors=[PermanentProviderError("expired")])

    with pytest.raises(PermanentProviderError, match="expired"):
        fetch_both(store, provider, indices, claim)

    assert newest(store) is not None


def test_an_index_alone_decides_how_the_run_ends(
    store: SqlStore, claim: Claim, clock: FakeClock
) -> None:
    """Where nothing else was asked for."""
    indices = FakeIndexProvider(clock, errors=[TransientError("503")])

    with pytest.raises(TransientError, match="503"):
        fetch_both(store, FakeProvider("other"), indices, claim)


def test_a_backfill_asks_for_no_index(
    store: SqlStore, provider: FakeProvider, claim: Claim, clock: FakeClock
) -> None:
    """A reported index has no past."""
    indices = FakeIndexProvider(clock, values={"paris": 52})
    past = replace(
        claim,
        origin="backfill:1",
        scheduled_for=clock.now() - HOUR,
        interval_start=clock.now() - 2 * HOUR,
    )

    fetch_both(store, provider, indices, past)

    assert [] == indices.asked
