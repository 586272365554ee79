"""How a fetch run ends when breakers are open."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from airq_cron.domain.run import Claim, State
from airq_cron.errors import BreakerOpenError, ProviderError, TransientError
from airq_cron.services.execute import Ending
from airq_cron.services.fetch_run import fetch_run
from airq_cron.services.seed import PARIS
from airq_cron.services.split import FreeSlots
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeProvider, MemoryHeartbeats
from tests import entries

REFUSED = BreakerOpenError("open-meteo", "503", None)
FAILED = TransientError("503")


@pytest.fixture
def claim(store: SqlStore) -> Claim:
    """Give a claimed run of the job that fetches Paris."""
    return entries.begin(
        store, of="fetch-paris-data", kind="fetch", params={"location": "paris"}
    )


def both(
    store: SqlStore, claim: Claim, *errors: ProviderError | None
) -> Callable[[], Ending]:
    """Give a fetch of Paris from two providers; each meets its error, if any."""
    providers = {
        name: FakeProvider(id=name, errors=[error] if error else [])
        for name, error in zip(("openaq", "open-meteo"), errors, strict=True)
    }
    there = replace(PARIS, providers=tuple(providers))
    store.write(lambda unit: unit.locations.save(there))
    for one in providers.values():
        one.readings = {"paris": []}
    slots = FreeSlots(store, MemoryHeartbeats())
    return partial(fetch_run, store, providers, claim, slots)


def test_what_a_breaker_refuses_is_skipped(store: SqlStore, claim: Claim) -> None:
    """It is no failure."""
    ending = both(store, claim, REFUSED, REFUSED)()

    assert (State.SKIPPED, "breaker_open") == (ending.state, ending.reason)


@pytest.mark.parametrize("errors", [(REFUSED, None), (None, REFUSED)])
def test_one_provider_that_answers_is_enough(
    store: SqlStore, claim: Claim, errors: tuple[ProviderError | None, ...]
) -> None:
    """The other one's outage must not make every run look as if it gave nothing."""
    ending = both(store, claim, *errors)()
    result = store.write(ending.work, claim=claim)

    assert State.SUCCEEDED is ending.state
    assert {"ok": 1, "breaker_open": 1} == result["locations"]


@pytest.mark.parametrize("errors", [(REFUSED, FAILED), (FAILED, REFUSED)])
def test_a_failure_is_not_hidden_by_a_refusal(
    store: SqlStore, claim: Claim, errors: tuple[ProviderError, ...]
) -> None:
    """The attempt has failed, and is tried again."""
    with pytest.raises(TransientError):
        both(store, claim, *errors)()
