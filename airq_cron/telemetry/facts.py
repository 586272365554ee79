"""What Redis says of itself."""

from typing import Any, cast

import redis

from airq_cron.clock import Clock
from airq_cron.ports import BrokerFacts
from airq_cron.telemetry.client import connect, reaching
from airq_cron.telemetry.clock_watch import ClockWatch


def read_facts(url: str, clock: Clock) -> BrokerFacts:
    """
    Return version, clock, and the settings that decide what is kept.

    Raises:
        UnreachableError: Redis does not answer.
    """
    with reaching(url), connect(url) as client:
        info = cast(dict[str, Any], client.info("server"))
        # Valkey calls itself Redis 7.2 for the sake of old clients.
        version = info.get("valkey_version") or info.get("redis_version")
        appending = _setting(client, "appendonly")
        return BrokerFacts(
            version=str(version or "unknown"),
            eviction=_setting(client, "maxmemory-policy"),
            appending=None if appending is None else appending == "yes",
            clock_offset_s=ClockWatch(clock).measure(client),
        )


def _setting(client: redis.Redis, name: str) -> str | None:
    """Return a setting, or None: services that rent out Redis refuse to tell."""
    try:
        found = cast(dict[str, str], client.config_get(name))
    except redis.ResponseError:
        return None
    return found.get(name)
