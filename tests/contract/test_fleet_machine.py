"""
Two beats, two workers and a broker that forgets: every due time ends, once.

Hypothesis plays the fleet at the level of the services, for each overlap policy.
Messages are lost, repeated and kept back, workers die with a run in hand, the broker
is flushed or away, one beat's clock goes ahead. After each history everything heals,
and then the ledger must hold each due time, with the right end and one effect.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete

from airq_cron.domain.catchup import Catchup
from airq_cron.domain.job import Overlap
from airq_cron.domain.run import ENDED, Claim, Outcome, Run, State
from airq_cron.domain.schedule import parse_schedule
from airq_cron.errors import LeaseLostError, UnreachableError
from airq_cron.ports import Message, RunFilter, Unit
from airq_cron.services.execute import LEASE, release_successor
from airq_cron.services.publish import publish_runs
from airq_cron.services.sweep import CRASH_LIMIT, sweep
from airq_cron.services.tick import tick
from airq_cron.store.tables import metadata
from airq_cron.testing import FakeClock
from tests.databases import Database
from tests.entries import job

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
EVERY = "every 5s"
AHEAD = 3 * SECOND
# More than any patience doubles to in so short a history.
HEALING_STEPS = 400


class ForgetfulBroker:
    """
    Queues in memory; dispatcher and reader of the queues in one.

    Attributes:
        away: whether it does not answer.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.messages: list[tuple[Message, datetime]] = []
        self.away = False
        self.last_sent_at: datetime | None = None
        self._clock = clock

    def publish(self, messages: Sequence[Message]) -> None:
        """Keep the messages, or fail after the first when it is away."""
        if self.away:
            # A publish error is ambiguous: one message may have come through.
            self._keep(messages[:1])
            raise UnreachableError("AIRQ_REDIS_URL", "redis://nowhere/0", "is away")
        self._keep(messages)

    def _keep(self, messages: Sequence[Message]) -> None:
        self.messages += [(one, self._clock.now()) for one in messages]

    def states(self, at: datetime) -> list[object]:
        """Return nothing: nobody here asks."""
        del at
        return []

    def oldest(self) -> dict[tuple[str, str], datetime | None]:
        """Return when the oldest message of each list was sent."""
        if self.away:
            raise UnreachableError("AIRQ_REDIS_URL", "redis://nowhere/0", "is away")
        heads: dict[tuple[str, str], datetime | None] = {}
        for message, sent_at in self.messages:
            heads.setdefault((message.queue, message.priority), sent_at)
        return heads


@dataclass
class Held:
    """A run in the hands of a worker, who may not know that it has lost it."""

    claim: Claim
    worker: str


class Fleet(RuleBasedStateMachine):
    """One job that fires every 5 s, under one overlap policy."""

    overlap: Overlap
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock(BEGIN)
        self.ahead = FakeClock(BEGIN + AHEAD)
        self.broker = ForgetfulBroker(self.clock)
        self.beats = [self.database.open(self.clock), self.database.open(self.ahead)]
        self.store = self.beats[0]
        self._empty()
        self.held: list[Held] = []
        # By run: how often its end was written, as an effect in the same place is.
        self.effects: Counter[str] = Counter()
        self.deliveries = 0
        definition = job(
            schedule=EVERY,
            overlap=self.overlap,
            catchup=Catchup("all"),
            run_limit_s=86_400,
            cursor=BEGIN,
            next_due_at=BEGIN + 5 * SECOND,
        )
        self.store.write(lambda unit: unit.jobs.add(definition))

    def _empty(self) -> None:
        with self.store._engine.connect() as connection:
            connection.execution_options(writing=True)
            with connection.begin():
                for table in reversed(metadata.sorted_tables):
                    connection.execute(delete(table))

    def teardown(self) -> None:
        """Heal everything, and judge."""
        try:
            self._heal()
            self._judge()
        finally:
            for store in self.beats:
                store.dispose()

    @rule(beat=st.integers(0, 1))
    def tick(self, beat: int) -> None:
        """A beat plans and publishes."""
        tick(self.beats[beat], self.broker, by=f"beat-{beat}")

    @rule(beat=st.integers(0, 1))
    def sweep(self, beat: int) -> None:
        """A beat looks for what was dropped."""
        sweep(self.beats[beat], self.broker, self.broker, take_back=True)  # type: ignore[arg-type]

    @rule(seconds=st.sampled_from([1, 2, 5, 11, 30]))
    def wait(self, seconds: int) -> None:
        """Time passes; nobody renews a lease meanwhile unless told to."""
        self.clock.advance(seconds * SECOND)
        self.ahead.advance(seconds * SECOND)

    @rule(worker=st.sampled_from(["w1", "w2"]), keep_copy=st.booleans())
    def deliver(self, worker: str, keep_copy: bool) -> None:
        """A worker takes the oldest message, which may stay there as a copy."""
        if not self.broker.messages or self.broker.away:
            return
        message, _ = self.broker.messages[0]
        if not keep_copy:
            self.broker.messages.pop(0)
        self.deliveries += 1
        owner = f"{worker}:{self.deliveries}"
        claim = self.store.write(
            lambda unit: unit.runs.claim(message.run_id, owner=owner, lease=LEASE)
        )
        if claim is not None:
            self.held.append(Held(claim, worker))

    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        """A worker keeps what it holds."""
        worker = data.draw(st.sampled_from(["w1", "w2"]))
        ids = [one.claim.run_id for one in self.held if one.worker == worker]
        if ids:
            self.store.write(
                lambda unit: unit.runs.renew(ids, worker=worker, lease=LEASE)
            )

    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """A worker finishes, perhaps long after it lost its lease."""
        if self.held:
            one = data.draw(st.sampled_from(self.held))
            self.held.remove(one)
            self._finish(one.claim)

    def _finish(self, claim: Claim) -> None:
        def work(unit: Unit) -> list[Message]:
            unit.runs.finish(claim, State.SUCCEEDED, outcome=Outcome.SUCCEEDED)
            return release_successor(unit, claim.job, claim.origin)

        try:
            released = self.store.write(work, claim=claim)
        except LeaseLostError:
            return
        self.effects[claim.run_id] += 1
        publish_runs(self.store, self.broker, released)

    @rule(data=st.data(), noticed=st.booleans())
    def die(self, data: st.DataObject, noticed: bool) -> None:
        """A child dies with a run in hand; its parent may be dead as well."""
        if not self.held:
            return
        one = data.draw(st.sampled_from(self.held))
        self.held.remove(one)
        if noticed:
            ids = [one.claim.run_id]
            self.store.write(
                lambda unit: unit.runs.crash(ids, worker=one.worker, limit=CRASH_LIMIT)
            )

    @rule(worker=st.sampled_from(["w1", "w2"]))
    def stop(self, worker: str) -> None:
        """A worker is told to stop, and hands back all that it holds."""
        self.held = [one for one in self.held if one.worker != worker]
        self.store.write(lambda unit: unit.runs.hand_back(None, worker=worker))

    @rule()
    def flush(self) -> None:
        """The broker forgets every message."""
        self.broker.messages.clear()

    @rule(away=st.booleans())
    def cut(self, away: bool) -> None:
        """The broker goes away, or comes back."""
        self.broker.away = away

    @invariant()
    def no_two_overlap(self) -> None:
        """Unless allowed, one run at most is under way, and its followers wait."""
        if self.overlap is Overlap.ALLOW:
            return
        with self.store.read() as unit:
            standing = unit.runs.unfinished("a-job")
        following = [one for one in standing if _follows(one)]
        assert len(standing) - len(following) <= 1, standing
        if self.overlap in (Overlap.SKIP, Overlap.REPLACE):
            assert [] == following
        if self.overlap is Overlap.QUEUE_ONE:
            assert len(following) <= 1

    def _heal(self) -> None:
        """Let a fleet without faults go on until nothing is left to do."""
        self.broker.away = False
        self.tick(0)
        for _ in range(HEALING_STEPS):
            self.sweep(0)
            while self.broker.messages:
                self.deliver("w3", keep_copy=False)
                for one in [held for held in self.held if held.worker == "w3"]:
                    self.held.remove(one)
                    self._finish(one.claim)
            if not self._unfinished():
                return
            self.clock.advance(SECOND)
            self.ahead.advance(SECOND)

    def _unfinished(self) -> list[Run]:
        with self.store.read() as unit:
            return unit.runs.unfinished("a-job")

    def _judge(self) -> None:
        with self.store.read() as unit:
            found = unit.runs.find(RunFilter(job="a-job"), limit=1000, after=None)
            cursor = unit.jobs.get("a-job").cursor
        assert cursor is not None
        due = parse_schedule(EVERY, "UTC").between(BEGIN, cursor)
        states = {one.scheduled_for: one.state for one in found}
        assert sorted(due) == sorted(one.scheduled_for for one in found)
        assert set(states.values()) <= ENDED, states
        succeeded = {one.id for one in found if one.state is State.SUCCEEDED}
        assert dict.fromkeys(succeeded, 1) == dict(self.effects)
        for one in found:
            assert (one.state is State.DEAD) == (one.crashes >= CRASH_LIMIT)
        others = set(states.values()) - {State.SUCCEEDED, State.DEAD}
        assert others <= ENDS[self.overlap]


ENDS: dict[Overlap, set[State]] = {
    Overlap.SKIP: {State.SKIPPED},
    Overlap.QUEUE_ONE: {State.SKIPPED},
    Overlap.QUEUE_ALL: set(),
    Overlap.REPLACE: {State.CANCELLED},
    Overlap.ALLOW: set(),
}


def _follows(run: Run) -> bool:
    return run.state is State.WAITING and run.not_before is None


@pytest.mark.parametrize("policy", list(Overlap))
def test_every_due_time_ends_once(sqlite_database: Database, policy: Overlap) -> None:
    """In some dozens of random histories of fifty steps, for each policy."""

    class UnderPolicy(Fleet):
        overlap = policy
        database = sqlite_database

    run_state_machine_as_test(
        UnderPolicy,
        settings=settings(
            max_examples=8,
            stateful_step_count=50,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
