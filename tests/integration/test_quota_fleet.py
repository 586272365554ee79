"""Eight processes that ask as often as they are let: no quota is ever exceeded."""

import multiprocessing
from datetime import timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
import redis

from airq_cron.clock import SystemClock
from airq_cron.domain.quota import CALL, Window, open_meteo_tenths
from airq_cron.errors import QuotaError
from airq_cron.services.politeness import Politeness
from airq_cron.store.store import SqlStore
from airq_cron.telemetry.traffic import RedisTraffic
from tests.conftest import WaitUntil

PROCESSES = 8
MOST = 44
SECOND = timedelta(seconds=1)
SHORT = Window("minute", 2 * SECOND, SECOND / 10, 20)
LONG = Window("day", timedelta(days=1), timedelta(hours=1), MOST)
# On a busy machine a call is noted some time after it was let through.
LOOKED_AT_S = 1.5
# Open-Meteo's calls weigh more than one, OpenAQ's one each.
WEIGHTS = {"open-meteo": open_meteo_tenths(2, 6, 2), "openaq": CALL}
SPAWN = multiprocessing.get_context("spawn")


def ask_on(url: str, database: str, provider: str, end: Event) -> None:
    """Make calls as often as the gate lets this process."""
    client, clock = redis.Redis.from_url(url), SystemClock()
    store, traffic = SqlStore(database, clock), RedisTraffic(url)
    gate = Politeness(
        store,
        lambda: traffic,
        clock,
        quotas={provider: (SHORT, LONG)},
        one_by_one={provider},
    )
    while not end.is_set():
        try:
            with gate.passing(provider, WEIGHTS[provider]):
                client.rpush("test:flying", client.incr("test:now"))
                client.rpush("test:calls", int(clock.now().timestamp() * 1_000_000))
                client.decr("test:now")
        except QuotaError:
            clock.wait(0.01)
    store.dispose()


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Give the address of a database with tables."""
    address = f"sqlite:///{tmp_path}/airq.db"
    store = SqlStore(address, SystemClock())
    store.migrate()
    store.dispose()
    return address


@pytest.mark.parametrize("provider", list(WEIGHTS))
def test_no_window_is_exceeded_by_the_fleet(
    redis_url: str, database: str, provider: str, wait_until: WaitUntil
) -> None:
    """Nor is the day when Redis loses its counts; one call is in flight at a time."""
    client = redis.Redis.from_url(redis_url)
    end = SPAWN.Event()
    fleet = [
        SPAWN.Process(target=ask_on, args=(redis_url, database, provider, end))
        for _ in range(PROCESSES)
    ]
    for process in fleet:
        process.start()
    allowed = SHORT.limit // WEIGHTS[provider]
    most = LONG.limit // WEIGHTS[provider]
    try:
        wait_until(lambda: _count(client) > allowed, "a second window", timeout_s=60)
        before = _count(client)
        for key in client.scan_iter("airq:quota:*"):
            client.delete(key)
        wait_until(lambda: _count(client) >= most, "the day's calls", timeout_s=60)
        SystemClock().wait(1.0)
    finally:
        end.set()
        for process in fleet:
            process.join(30)
        for key in ("test:calls", "test:flying", "test:now"):
            client.expire(key, 60)
    calls = [int(one) / 1e6 for one in client.lrange("test:calls", 0, -1)]

    assert [0] * PROCESSES == [process.exitcode for process in fleet]
    assert most == len(calls)
    for begin in calls[:before]:
        within = [at for at in calls[:before] if begin <= at < begin + LOOKED_AT_S]
        assert len(within) <= allowed
    assert {b"1"} == set(client.lrange("test:flying", 0, -1))


def _count(client: redis.Redis) -> int:
    return int(client.llen("test:calls"))
