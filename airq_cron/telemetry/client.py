"""Connections to Redis or Valkey."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from airq_cron.errors import UnreachableError


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

    Raises:
        UnreachableError: names the setting and the address, never the password.
    """
    try:
        yield
    except redis.RedisError as error:
        raise UnreachableError("AIRQ_REDIS_URL", url, str(error)) from error


def check(client: redis.Redis, url: str) -> None:
    """
    Ask for a sign of life.

    Raises:
        UnreachableError: names the setting and the address, never the password.
    """
    with reaching(url):
        client.ping()
