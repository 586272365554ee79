"""How a fetch run ends that may ask nobody."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.run import Claim, State
from airq_cron.errors import (
    PermanentLocationError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
)
from airq_cron.services.execute import Ending
from airq_cron.services.fetch_run import fetch_run
from airq_cron.services.ingest import fetch_readings, store_fetched
from airq_cron.services.seed import PARIS
from airq_cron.services.split import FreeSlots
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeProvider, MemoryHeartbeats
from tests import entries

HOUR = timedelta(hours=1)
PLACE = replace(PARIS, providers=("open-meteo",))


@pytest.fixture
def provider() -> FakeProvider:
    """Give an upstream that knows nothing."""
    return FakeProvider()


@pytest.fixture
def claim(store: SqlStore) -> Claim:
    """Give a claimed run of the job that fetches Paris."""
    return entries.begin(
        store, of="fetch-paris-data", kind="fetch", params={"location": "paris"}
    )


def fetch_once(store: SqlStore, provider: FakeProvider, claim: Claim) -> Ending:
    slots = FreeSlots(store, MemoryHeartbeats())
    return fetch_run(store, {"open-meteo": provider}, claim, slots)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermanentProviderError("401"), "provider_disabled"),
        (PermanentLocationError("not covered"), "location_refused"),
        (None, "quota"),
    ],
)
def test_a_run_that_may_ask_nobody_is_skipped(
    store: SqlStore,
    provider: FakeProvider,
    claim: Claim,
    error: ProviderError | None,
    reason: str,
) -> None:
    """A green run without a question would hide that nothing comes."""
    late = claim.deadline_at + HOUR
    provider.errors = [error or QuotaError("used up", retry_at=late, window="day")]
    fetched = fetch_readings(store, {provider.id: provider}, [PLACE], claim.claimed_at)
    store.write(store_fetched(store, fetched))

    ending = fetch_once(store, provider, claim)

    assert (State.SKIPPED, reason) == (ending.state, ending.reason)
    assert 1 == len(provider.asked)


def test_a_run_waits_for_a_quota_that_another_met(
    store: SqlStore, provider: FakeProvider, claim: Claim
) -> None:
    """When it is open again before the run's deadline."""
    soon = claim.deadline_at - timedelta(seconds=1)
    provider.errors = [QuotaError("used up", retry_at=soon, window="minute")]
    fetched = fetch_readings(store, {provider.id: provider}, [PLACE], claim.claimed_at)
    store.write(store_fetched(store, fetched))

    ending = fetch_once(store, provider, claim)

    assert (State.WAITING, "quota", soon) == (
        ending.state, ending.reason, ending.not_before,
    )  # fmt: skip
