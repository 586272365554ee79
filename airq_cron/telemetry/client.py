"""Connections to Redis or Valkey."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from airq_cron.clock import SystemClock
from airq_cron.errors import UnreachableError

CLOCK = SystemClock()
# Who asks many things, one after the other, waits for a Redis that hangs only once.
HUNG_FOR_S = 1.0
_hung_at_s: dict[str, float] = {}


def connect(url: str) -> redis.Redis:
    """
    Return a client for *url*; nothing is sent yet.

    Calls end after two seconds at the latest: a hung Redis must not hang a page.
    """
    return redis.Redis.from_url(
        url, socket_timeout=2, socket_connect_timeout=2, health_check_interval=5
    )


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """
    Turn the client's errors into ours.

    A Redis that let a call wait in vain is not asked again for a second.

    Raises:
        UnreachableError: names the setting and the address, never the password.
    """
    hung_at_s = _hung_at_s.get(url)
    if hung_at_s is not None and CLOCK.monotonic() - hung_at_s < HUNG_FOR_S:
        raise UnreachableError("AIRQ_REDIS_URL", url, "it hung a moment ago")
    try:
        yield
    except redis.RedisError as error:
        if isinstance(error, redis.TimeoutError):
            _hung_at_s[url] = CLOCK.monotonic()
        raise UnreachableError("AIRQ_REDIS_URL", url, str(error)) from error


def check(client: redis.Redis, url: str) -> None:
    """
    Ask for a sign of life.

    Raises:
        UnreachableError: names the setting and the address, never the password.
    """
    with reaching(url):
        client.ping()
