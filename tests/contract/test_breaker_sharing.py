"""Calls that overlap share one question; whatever matters is asked and told."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from airq_cron.breaker.fleet import FleetBreaker
from airq_cron.breaker.memory import MemoryBreakerStorage
from airq_cron.breaker.sharing import SHARED_S, Sharing
from airq_cron.domain.breaker import BreakerRules, BreakerState, Result
from airq_cron.errors import BreakerOpenError, TransientError
from airq_cron.ports.breaker import Ending, Passage
from airq_cron.testing import FakeClock
from tests.contract.test_breaker import NOW, RULES, Given

SHARED = timedelta(seconds=SHARED_S)


@dataclass
class Counted(MemoryBreakerStorage):
    """A storage that knows how often it was asked and told."""

    clock: FakeClock
    admitted: int = 0
    settled: list[Result] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start empty."""
        super().__init__(self.clock)

    def admit(self, name: str, permit: str, rules: BreakerRules) -> Passage:
        """Count the question."""
        self.admitted += 1
        return super().admit(name, permit, rules)

    def settle(
        self, name: str, permit: str, rules: BreakerRules, ending: Ending
    ) -> Passage:
        """Count what is told."""
        self.settled.append(ending.result)
        return super().settle(name, permit, rules, ending)


@pytest.fixture
def storage() -> Counted:
    """Give an empty storage."""
    return Counted(FakeClock(NOW))


@pytest.fixture
def breaker(storage: Counted) -> FleetBreaker:
    """Give a breaker of one process."""
    return FleetBreaker("x", storage, Given(), storage.clock)


def nested(breaker: FleetBreaker, calls: int, inmost: Callable[[], object]) -> None:
    """Let so many calls be under way when *inmost* is done."""
    if calls == 0:
        inmost()
    else:
        breaker.call(nested, breaker, calls - 1, inmost)


def fail() -> None:
    """Fail as an upstream does."""
    raise TransientError


def fail_often(breaker: FleetBreaker) -> None:
    """Fail as often as opens it."""
    for _ in range(RULES.threshold):
        with pytest.raises(TransientError):
            breaker.call(fail)


def test_calls_that_overlap_ask_once_and_tell_once(
    breaker: FleetBreaker, storage: Counted
) -> None:
    """The last one to end tells that all went well."""
    nested(breaker, 50, lambda: None)

    assert (1, [Result.SUCCESS]) == (storage.admitted, storage.settled)


def test_a_call_that_is_alone_always_asks(
    breaker: FleetBreaker, storage: Counted
) -> None:
    """However soon it follows the one before."""
    for _ in range(3):
        breaker.call(lambda: None)

    assert (3, [Result.SUCCESS] * 3) == (storage.admitted, storage.settled)


def test_what_was_said_is_believed_for_a_moment_only(
    breaker: FleetBreaker, storage: Counted
) -> None:
    """Another process may have opened it meanwhile."""

    def later() -> None:
        storage.clock.advance(SHARED)
        breaker.call(lambda: None)
        other = FleetBreaker("x", storage, Given(), storage.clock)
        fail_often(other)
        breaker.call(lambda: None)
        storage.clock.advance(SHARED)
        with pytest.raises(BreakerOpenError):
            breaker.call(lambda: None)

    breaker.call(later)


def test_each_failure_is_told_and_the_next_call_asks(
    breaker: FleetBreaker, storage: Counted
) -> None:
    """So it opens at its threshold, however many are under way."""

    def all_fail() -> None:
        fail_often(breaker)
        with pytest.raises(BreakerOpenError):
            breaker.call(lambda: None)

    nested(breaker, 10, all_fail)

    assert RULES.threshold == storage.settled.count(Result.FAILURE)
    assert BreakerState.OPEN is storage.look("x").state


def test_a_success_after_a_failure_is_told(
    breaker: FleetBreaker, storage: Counted
) -> None:
    """It ends the row of failures, also while others are under way."""

    def failure_then_success() -> None:
        with pytest.raises(TransientError):
            breaker.call(fail)
        assert 1 == storage.look("x").failures
        breaker.call(lambda: None)
        assert 0 == storage.look("x").failures

    nested(breaker, 10, failure_then_success)


def test_after_closing_calls_still_come_one_at_a_time(
    breaker: FleetBreaker, storage: Counted
) -> None:
    """What is held by one is shared with no other."""
    fail_often(breaker)
    storage.clock.advance(RULES.timeout)
    breaker.call(lambda: None)
    assert BreakerState.CLOSED is storage.look("x").state

    def busy() -> None:
        with pytest.raises(BreakerOpenError):
            breaker.call(lambda: None)

    breaker.call(busy)


def test_a_call_that_is_refused_is_not_under_way(
    breaker: FleetBreaker, storage: Counted
) -> None:
    """Else the next one alone would not ask."""
    fail_often(breaker)
    for _ in range(3):
        with pytest.raises(BreakerOpenError):
            breaker.call(lambda: None)
    breaker.close()
    storage.admitted = 0

    for _ in range(2):
        breaker.call(lambda: None)

    assert 2 == storage.admitted


def passage(storage: Counted, permit: str) -> Passage:
    """Ask for another call, as another thread does."""
    return storage.admit("x", permit, RULES)


def test_an_answer_that_comes_late_does_not_calm(storage: Counted) -> None:
    """Another thread has heard of a failure meanwhile."""
    sharing = Sharing(storage.clock)
    before = sharing.unrests()
    calm = passage(storage, "p1")
    for permit in ("p1", "p2"):
        sharing.begin(permit, calm)
    sharing.end("p1", Result.FAILURE)

    sharing.note(calm, RULES, before)

    assert not sharing.may_begin()
    sharing.note(calm, RULES, sharing.unrests())
    assert sharing.may_begin()


def test_the_end_of_a_call_that_has_the_slot_is_told(storage: Counted) -> None:
    """However calm it is: else nobody could call before its lease has ended."""
    sharing = Sharing(storage.clock)
    calm = passage(storage, "p1")
    held = replace(calm, breaker=replace(calm.breaker, holder="p2"))
    sharing.begin("p1", calm)
    sharing.begin("p2", held)
    sharing.note(calm, RULES, sharing.unrests())

    assert not sharing.end("p2", Result.SUCCESS)
    sharing.begin("p3", calm)
    assert sharing.end("p3", Result.SUCCESS)


def test_just_after_closing_no_answer_is_shared(
    breaker: FleetBreaker, storage: Counted
) -> None:
    """For a minute each call asks, also when nobody has the slot."""
    fail_often(breaker)
    storage.clock.advance(RULES.timeout)
    breaker.call(lambda: None)
    sharing = Sharing(storage.clock)
    free = storage.settle("x", "nobody", RULES, Ending(Result.NEUTRAL))
    assert free.breaker.holder is None
    sharing.begin("p1", free)

    sharing.note(free, RULES, sharing.unrests())
    assert not sharing.may_begin()

    storage.clock.advance(RULES.gentle)
    later = storage.settle("x", "nobody", RULES, Ending(Result.NEUTRAL))
    sharing.note(later, RULES, sharing.unrests())
    assert sharing.may_begin()
