"""Connections to Redis or Valkey."""

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


def check(client: redis.Redis, url: str) -> None:
    """
    Ask for a sign of life.

    Raises:
        UnreachableError: names the setting and the address, never the password.
    """
    try:
        client.ping()
    except redis.RedisError as error:
        raise UnreachableError("AIRQ_REDIS_URL", url, str(error)) from error
