"""
Whatever beats, workers and sweepers do in whatever order, the ledger stays sound.

Hypothesis plays them: messages come twice, late or never, answers to commits are
lost, leases run out, workers come back from the dead.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select

from airq_cron.domain.run import (
    ENDED,
    UNFINISHED,
    Claim,
    NewRun,
    Outcome,
    Run,
    State,
    may_become,
)
from airq_cron.errors import LeaseLostError
from airq_cron.ports import Unit
from airq_cron.store.ledger_tables import attempts, job_totals, runs
from airq_cron.store.rows import RUN_COLUMNS, to_run
from airq_cron.store.tables import metadata
from tests.databases import Database
from tests.entries import LEASE, run
from tests.lost_answer import LostAnswer

T = TypeVar("T")
WORKERS = ("w1@host", "w2@host")
CRASH_LIMIT = 2

numbers = st.integers(0, 5)
workers = st.sampled_from(WORKERS)
lost = st.booleans()


@dataclass
class Held:
    """A claim in the hands of a worker, who may not know that it is lost."""

    claim: Claim
    worker: str


class Ledger(RuleBasedStateMachine):
    """Six due times of one job, two workers, and everything that goes wrong."""

    def __init__(self, database: Database) -> None:
        """Begin with an empty ledger."""
        super().__init__()
        self.database = database
        self.store = database.open()
        self.answer = LostAnswer(self.store, losses=0)
        with self.store._engine.connect() as connection:
            connection.execution_options(writing=True)
            with connection.begin():
                for table in reversed(metadata.sorted_tables):
                    connection.execute(delete(table))
        self.held: list[Held] = []
        self.known: dict[str, Run] = {}
        self.ends: Counter[str] = Counter()

    def teardown(self) -> None:
        """Leave no line behind."""
        self.store.dispose()

    def write(self, work: Callable[[Unit], T], **options: Any) -> T:
        """Do one thing."""
        return self.store.write(work, **options)

    @rule(
        number=numbers,
        state=st.sampled_from([State.SCHEDULED, State.WAITING, State.SKIPPED]),
        answer_lost=lost,
    )
    def enter(self, number: int, state: State, answer_lost: bool) -> None:
        """A beat enters a due time, perhaps not the first one to do so."""
        self.answer.losses = int(answer_lost)
        entered: NewRun = replace(run(number), state=state)
        new = self.write(lambda unit: unit.runs.insert([entered]))

        if entered.id in self.known:
            assert [] == new
        elif not answer_lost:
            assert [entered.id] == new

    @rule(number=numbers)
    def publish(self, number: int) -> None:
        """A beat says that the message is in its queue."""
        self.write(lambda unit: unit.runs.mark_queued([run(number).id]))

    @rule(number=numbers, worker=workers, child=st.integers(1, 2), answer_lost=lost)
    def deliver(self, number: int, worker: str, child: int, answer_lost: bool) -> None:
        """A worker gets a message, perhaps a copy of one."""
        before = self.known.get(run(number).id)
        owner = f"{worker}:{child}"
        self.answer.losses = int(answer_lost)
        claim = self.write(
            lambda unit: unit.runs.claim(run(number).id, owner=owner, lease=LEASE)
        )

        if before is not None and before.state in {State.SCHEDULED, State.QUEUED}:
            assert claim is not None
            assert before.attempt + 1 == claim.attempt
        elif claim is not None:
            assert before is not None
            assert (owner, State.RUNNING) == (before.owner, before.state)
            assert before.attempt == claim.attempt
        if claim is not None:
            self.held.append(Held(claim, worker))

    @rule(
        data=st.data(),
        state=st.sampled_from(
            [State.SUCCEEDED, State.FAILED, State.WAITING, State.SKIPPED]
        ),
        fenced=st.booleans(),
        answer_lost=lost,
    )
    def finish(
        self, data: st.DataObject, state: State, fenced: bool, answer_lost: bool
    ) -> None:
        """A worker ends an attempt, perhaps one that it has lost."""
        if not self.held:
            return
        claim = data.draw(st.sampled_from(self.held)).claim
        before = self.known[claim.run_id]
        owns = before.state is State.RUNNING and before.attempt == claim.attempt
        outcome = Outcome.FAILED if state is State.FAILED else Outcome.SUCCEEDED
        ended = next(
            one.outcome
            for one in self._attempts(claim.run_id)
            if one.number == claim.attempt
        )
        self.answer.losses = int(answer_lost)

        def work(unit: Unit) -> None:
            unit.runs.finish(claim, state, outcome=outcome)

        try:
            self.write(work, claim=claim if fenced else None)
        except LeaseLostError:
            assert not owns
        else:
            assert owns or (not fenced and ended == outcome)
        self.answer.losses = 0

    @rule(data=st.data(), how=st.sampled_from(["renew", "hand back", "crash"]))
    def attend(self, data: st.DataObject, how: str) -> None:
        """The parent of a child attends to one run of its own."""
        if not self.held:
            return
        one = data.draw(st.sampled_from(self.held))
        ids = [one.claim.run_id]
        before = self.known[one.claim.run_id]
        theirs = before.state is State.RUNNING and str(before.owner).startswith(
            one.worker
        )
        if how == "renew":
            found = self.write(
                lambda unit: unit.runs.renew(ids, worker=one.worker, lease=LEASE)
            )
        elif how == "hand back":
            found = set(
                self.write(lambda unit: unit.runs.hand_back(ids, worker=one.worker))
            )
        else:
            found = set(
                self.write(
                    lambda unit: unit.runs.crash(
                        ids, worker=one.worker, limit=CRASH_LIMIT
                    )
                )
            )

        assert theirs == bool(found)

    @rule(seconds=st.sampled_from([1, 2, 6, 11]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.database.pass_time(timedelta(seconds=seconds))
        self.known = self._runs()

    @rule(answer_lost=lost)
    def sweep(self, answer_lost: bool) -> None:
        """A sweeper looks for what was dropped."""
        self.answer.losses = int(answer_lost)

        def work(unit: Unit) -> None:
            taken = unit.runs.take_waiting(9)
            taken += unit.runs.take_unsent(timedelta(seconds=1), 9)
            taken += unit.runs.take_expired(CRASH_LIMIT, 9)
            assert {State.SCHEDULED} >= {one.state for one in taken}

        self.write(work)

    @rule()
    def release(self) -> None:
        """A sweeper releases what waits for nobody any more."""
        released = self.write(lambda unit: unit.runs.release_stuck(9))

        under_way = [
            one
            for one in self.known.values()
            if one.state in UNFINISHED
            and not (one.state is State.WAITING and one.not_before is None)
        ]
        assert not (under_way and released)
        assert len(released) <= 1

    @rule(number=numbers)
    def cancel(self, number: int) -> None:
        """A person cancels a run."""
        self.write(lambda unit: unit.runs.cancel([run(number).id], reason="asked"))

    @invariant()
    def the_ledger_is_sound(self) -> None:
        """Look at every run after every step."""
        self._every_step_is_allowed()
        self._a_running_run_has_one_open_attempt()
        self._every_end_is_counted_once()

    def _every_step_is_allowed(self) -> None:
        """Runs move along the domain's transitions, and ends are for ever."""
        now = self._runs()
        for run_id, found in now.items():
            before = self.known.get(run_id)
            if before is None:
                if found.state in ENDED:
                    self.ends[found.state.value] += 1
                continue
            assert before.attempt <= found.attempt
            assert before.crashes <= found.crashes
            if before.state is not found.state:
                assert may_become(before.state, found.state), (before, found)
                if found.state in ENDED:
                    self.ends[found.state.value] += 1
        assert self.known.keys() <= now.keys()
        self.known = now

    def _a_running_run_has_one_open_attempt(self) -> None:
        """And no other has; numbers run from 1."""
        for found in self.known.values():
            made = self._attempts(found.id)
            open_ones = [one.number for one in made if one.outcome is None]
            running = found.state is State.RUNNING
            assert list(range(1, found.attempt + 1)) == [one.number for one in made]
            assert ([found.attempt] if running else []) == open_ones
            assert running == (found.lease_until is not None)
            assert (found.state in ENDED) == (found.finished_at is not None)
            assert found.state is not State.SCHEDULED or found.sent_at is not None

    def _every_end_is_counted_once(self) -> None:
        """The roll-up says how many runs ended, and how."""
        with self.store._engine.connect() as connection:
            row = connection.execute(select(job_totals)).one_or_none()
        counts = {} if row is None else dict(row._mapping)
        counts.pop("job", None)

        assert dict(self.ends) == {name: n for name, n in counts.items() if n}

    def _runs(self) -> dict[str, Run]:
        with self.store._engine.connect() as connection:
            rows = connection.execute(select(*RUN_COLUMNS))
            return {row.id: to_run(row) for row in rows}

    def _attempts(self, run_id: str) -> list[Any]:
        with self.store._engine.connect() as connection:
            return list(
                connection.execute(
                    select(attempts)
                    .where(attempts.c.run_id == run_id)
                    .order_by(attempts.c.number)
                )
            )


def test_the_ledger_stays_sound(database: Database) -> None:
    """In random histories of forty steps."""

    class OnDatabase(Ledger):
        def __init__(self) -> None:
            super().__init__(database)

    run_state_machine_as_test(
        OnDatabase,
        settings=settings(
            max_examples=10,
            stateful_step_count=40,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert 6 >= database.count(runs)
