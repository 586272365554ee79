"""Eight processes, one breaker, and an upstream that is dead."""

import multiprocessing
import os
import signal
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from multiprocessing.synchronize import Event
from typing import NoReturn

import redis

from airq_cron.breaker.fleet import FleetBreaker
from airq_cron.clock import SystemClock
from airq_cron.domain.breaker import BreakerRules, BreakerState, Hold
from airq_cron.errors import BreakerOpenError, TransientError
from airq_cron.telemetry.breakers import RedisBreakerStorage
from tests.conftest import WaitUntil

PROCESSES = 8
THRESHOLD = 5
EPISODES = 3
TIMEOUT_S = 1.0
LEASE_S = 4.0
CALLS = "test:calls"
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Fixed:
    """What the database would say."""

    lease_s: float = 5.0

    def rules(self, name: str) -> BreakerRules:
        """Return the rules of the test."""
        del name
        return BreakerRules(
            threshold=THRESHOLD,
            timeout=timedelta(seconds=TIMEOUT_S),
            lease=timedelta(seconds=self.lease_s),
        )

    def hold(self, name: str) -> Hold | None:
        """Nobody holds it open."""
        del name
        return None


def make_breaker(url: str, standing: Fixed) -> FleetBreaker:
    storage = RedisBreakerStorage(url)
    return FleetBreaker("dead", storage, standing, SystemClock())


def keep_asking(url: str, begin: Event, end: Event) -> None:
    """Call the dead upstream as often as the breaker lets this process."""
    client = redis.Redis.from_url(url)
    breaker, clock = make_breaker(url, Fixed()), SystemClock()

    def dead() -> NoReturn:
        seconds, micros = client.time()
        client.rpush(CALLS, seconds * 1_000_000 + micros)
        clock.wait(0.02)
        raise TransientError("503")

    begin.wait(30)
    while not end.is_set():
        try:
            breaker.call(dead)
        except TransientError:
            continue
        except BreakerOpenError:
            clock.wait(0.005)


def probe_for_ever(url: str, standing: Fixed, probing: Event) -> None:
    """Take the probe and never come back."""

    def hang() -> None:
        probing.set()
        signal.pause()

    make_breaker(url, standing).call(hang)


def calls(client: redis.Redis) -> list[float]:
    """Return when the upstream was reached, in seconds, in order."""
    client.expire(CALLS, 60)
    return sorted(int(one) / 1e6 for one in client.lrange(CALLS, 0, -1))


def test_a_dead_upstream_is_left_alone_by_all(
    redis_url: str, wait_until: WaitUntil
) -> None:
    """Five failures and what was in flight; then one probe a timeout, of all."""
    client = redis.Redis.from_url(redis_url)
    begin, end = SPAWN.Event(), SPAWN.Event()
    fleet = [
        SPAWN.Process(target=keep_asking, args=(redis_url, begin, end))
        for _ in range(PROCESSES)
    ]
    for process in fleet:
        process.start()
    begin.set()
    try:
        wait_until(
            lambda: len(_probes(calls(client))) >= EPISODES,
            "some have probed",
            timeout_s=60,
        )
    finally:
        end.set()
    for process in fleet:
        process.join(30)

    assert [0] * PROCESSES == [process.exitcode for process in fleet]
    reached = calls(client)
    probes = _probes(reached)
    opening = len(reached) - len(probes)
    assert THRESHOLD <= opening <= THRESHOLD + PROCESSES - 1
    assert all(b - a >= TIMEOUT_S for a, b in pairwise(probes))


def _probes(reached: list[float]) -> list[float]:
    """Return the calls from the first one that came a timeout after the last."""
    opened = next(
        (n for n, (a, b) in enumerate(pairwise(reached), 1) if b - a >= TIMEOUT_S),
        len(reached),
    )
    return reached[opened:]


def test_a_killed_prober_is_followed_by_one_other(redis_url: str) -> None:
    """When its lease ends; until then nobody is let through."""
    standing, clock = Fixed(LEASE_S), SystemClock()
    breaker, storage = make_breaker(redis_url, standing), RedisBreakerStorage(redis_url)
    for _ in range(THRESHOLD):
        _fail(breaker)
    clock.wait(TIMEOUT_S + 0.05)
    probing = SPAWN.Event()
    prober = SPAWN.Process(target=probe_for_ever, args=(redis_url, standing, probing))
    prober.start()
    assert probing.wait(30)
    assert prober.pid is not None
    os.kill(prober.pid, signal.SIGKILL)
    prober.join(30)
    assert BreakerState.HALF_OPEN is storage.look("dead").state

    early = [storage.admit("dead", f"e{n}", standing.rules("dead")) for n in range(3)]
    assert ["refused"] * 3 == [one.verdict for one in early]
    clock.wait(LEASE_S + 0.05)
    answers = [storage.admit("dead", f"n{n}", standing.rules("dead")) for n in range(3)]
    assert ["probe", "refused", "refused"] == [one.verdict for one in answers]


def _fail(breaker: FleetBreaker) -> None:
    def dead() -> NoReturn:
        raise TransientError("503")

    try:
        breaker.call(dead)
    except TransientError:
        return
    raise AssertionError("it was let through")
