"""What is kept of providers, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from airq_cron.domain.quota import CALL, windows
from airq_cron.ports import Sample
from airq_cron.store.store import SqlStore
from tests.databases import Database

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG = windows(day=3, month=5)
SAMPLE = Sample("openaq", NOW, "not JSON", "<html>", 6)


def take(store: SqlStore, at: datetime = NOW, tenths: int = CALL) -> str | None:
    refusal = store.write(lambda unit: unit.upstreams.take("openaq", LONG, tenths, at))
    return None if refusal is None else refusal.window


def test_a_day_and_a_month_are_counted(store: SqlStore) -> None:
    """The window that lasts longest is named."""
    assert [None, None, None, "day"] == [take(store) for _ in range(4)]
    assert [None, None, "month"] == [take(store, NOW + 2 * DAY) for _ in range(3)]
    with store.read() as unit:
        used = unit.upstreams.used("openaq", LONG, NOW + 2 * DAY)
    assert {"day": 20, "month": 50} == used


def test_what_has_left_the_windows_is_forgotten(store: SqlStore) -> None:
    """The table does not grow."""
    take(store)
    take(store, NOW + 40 * DAY)

    with store.read() as unit:
        assert {"day": 0, "month": 10} == unit.upstreams.used(
            "openaq", LONG, NOW + 42 * DAY
        )


def test_many_at_once_never_take_more_than_allowed(
    store: SqlStore, database: Database
) -> None:
    """They take turns."""
    stores = [database.open() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: take(stores[n % 4]), range(12)))

    assert 3 == found.count(None)


def test_a_provider_is_disabled_once_and_enabled_once(store: SqlStore) -> None:
    """With the first reason."""

    def disable(reason: str) -> bool:
        return store.write(lambda unit: unit.upstreams.disable("openaq", reason, NOW))

    assert [True, False] == [disable("401"), disable("403")]
    with store.read() as unit:
        state = unit.upstreams.state("openaq")
        assert unit.upstreams.state("iqair").disabled_at is None
    assert (NOW, "401") == (state.disabled_at, state.reason)

    enabled = [store.write(lambda unit: unit.upstreams.enable("openaq")) for _ in "ab"]
    assert [True, False] == enabled
    with store.read() as unit:
        assert unit.upstreams.state("openaq").reason is None


def test_the_newest_samples_are_kept(store: SqlStore) -> None:
    """Of each provider by itself."""
    for number in range(4):
        _keep(store, replace(SAMPLE, size=number))
    _keep(store, replace(SAMPLE, provider="iqair"))

    with store.read() as unit:
        found = unit.upstreams.samples("openaq")
        assert 1 == len(unit.upstreams.samples("iqair"))
    assert [3, 2] == [one.size for one in found]
    assert replace(SAMPLE, size=3) == replace(found[0], id=None)


def _keep(store: SqlStore, sample: Sample) -> None:
    store.write(lambda unit: unit.upstreams.keep_sample(sample, newest=2))


def test_an_installation_keeps_its_salt(store: SqlStore) -> None:
    """Whoever starts first."""
    with store.read() as unit:
        assert unit.upstreams.salt() is None
    store.write(lambda unit: unit.upstreams.set_salt("a"))
    store.write(lambda unit: unit.upstreams.set_salt("b"))

    with store.read() as unit:
        assert "a" == unit.upstreams.salt()
