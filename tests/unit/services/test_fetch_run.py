"""How a fetch run ends, by what the upstream answered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from airq_cron.domain.job import BUILT_IN, Job
from airq_cron.domain.measurement import Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.run import Claim, State
from airq_cron.errors import LeaseLostError, QuotaError, TransientError
from airq_cron.services.execute import Ending
from airq_cron.services.fetch_run import fetch_run, places_for
from airq_cron.services.seed import OTHERS, PARIS
from airq_cron.services.split import FreeSlots
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, FakeProvider, MemoryHeartbeats
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
