"""Whatever becomes of the parts, in whatever order, their run says it in the end."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from airq_cron.domain.limits import Limits
from airq_cron.domain.run import ENDED, Claim, Outcome, Run, State
from airq_cron.errors import LeaseLostError
from airq_cron.ports import Unit
from airq_cron.store.ledger_tables import job_totals
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import LEASE, OWNER, WORKER, get, split
from tests.lost_answer import LostAnswer

PARTS = 4
CRASH_LIMIT = 2
RUN_LIMIT = 100
SECOND = timedelta(seconds=1)
ENDS = (State.SUCCEEDED, State.FAILED, State.WAITING, State.SKIPPED)
steps = st.one_of(
    st.tuples(st.just("deliver"), st.integers(0, PARTS - 1), st.booleans()),
    st.tuples(st.just("finish"), st.sampled_from(ENDS), st.booleans()),
    st.tuples(st.just("crash"), st.integers(0, PARTS - 1), st.booleans()),
    st.tuples(st.just("hand_back"), st.integers(0, PARTS - 1), st.booleans()),
    st.tuples(st.just("cancel"), st.integers(0, PARTS - 1), st.booleans()),
    st.tuples(st.just("stop"), st.just(0), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from((1, 11, 60)), st.booleans()),
    st.tuples(st.just("sweep"), st.just(0), st.booleans()),
)


class History:
    """One run with four parts, and what befalls them."""

    def __init__(
        self, database: Database, store: SqlStore, answer: LostAnswer, minute: int
    ) -> None:
        """Enter the run and split it."""
        self.database = database
        self.store = store
        self.answer = answer
        limits = Limits(run_limit_s=RUN_LIMIT)
        claimed, self.parts = split(store, PARTS, minute=minute, limits=limits)
        self.whole = claimed.run_id
        self.held: list[Claim] = []
        self.ended: dict[str, State] = {}

    def do(self, name: str, choice: int | State, *, answer_lost: bool) -> None:
        """Take one step; the answer to its commit may get lost."""
        self.answer.losses = int(answer_lost and name != "wait")
        try:
            getattr(self, name)(choice)
        finally:
            self.answer.losses = 0
        self.check()

    def deliver(self, number: int) -> None:
        """A worker gets the message of a part."""
        claimed = self.store.write(
            lambda unit: unit.runs.claim(self.parts[number], owner=OWNER, lease=LEASE)
        )
        if claimed is not None:
            self.held.append(claimed)

    def finish(self, state: State) -> None:
        """A worker ends what it was given last, perhaps long ago."""
        if not self.held:
            return
        claimed = self.held.pop()
        outcome = Outcome.FAILED if state is State.FAILED else Outcome.SUCCEEDED
        try:
            self.store.write(
                lambda unit: unit.runs.finish(claimed, state, outcome=outcome),
                claim=claimed,
            )
        except LeaseLostError:
            return

    def crash(self, number: int) -> None:
        """The child that has a part dies."""
        self._write(
            lambda unit: unit.runs.crash(
                [self.parts[number]], worker=WORKER, limit=CRASH_LIMIT
            )
        )

    def hand_back(self, number: int) -> None:
        """A worker is told to stop."""
        self._write(
            lambda unit: unit.runs.hand_back([self.parts[number]], worker=WORKER)
        )

    def cancel(self, number: int) -> None:
        """A part is cancelled."""
        self._write(lambda unit: unit.runs.cancel([self.parts[number]], reason="asked"))

    def stop(self, _: int) -> None:
        """The whole run is cancelled."""
        self._write(lambda unit: unit.runs.cancel([self.whole], reason="asked"))

    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.database.pass_time(seconds * SECOND)

    def sweep(self, _: int) -> None:
        """A sweeper looks for what was dropped."""

        def work(unit: Unit) -> None:
            unit.runs.end_overdue(9)
            unit.runs.end_overdue_splits(9)
            unit.runs.take_waiting(9)
            unit.runs.take_unsent(SECOND, 9)
            unit.runs.take_expired(CRASH_LIMIT, 9)

        self._write(work)

    def _write(self, work: Callable[[Unit], object]) -> None:
        self.store.write(work)

    def check(self) -> None:
        """Compare the run with its parts."""
        whole = get(self.store, self.whole)
        parts = [get(self.store, part) for part in self.parts]
        ended = [part.state for part in parts if part.state in ENDED]
        failed = [state for state in ended if state is not State.SUCCEEDED]

        assert (PARTS - len(ended), len(failed)) == (
            whole.parts_left,
            whole.parts_failed,
        )
        assert (whole.state in ENDED) == (len(ended) == PARTS)
        assert _expected(whole, failed)
        assert (None, None, 1) == (whole.owner, whole.lease_until, whole.attempt)
        for part in parts:
            assert self.ended.get(part.id, part.state) is part.state
            if part.state in ENDED:
                self.ended[part.id] = part.state


def _expected(whole: Run, failed: Sequence[State]) -> bool:
    """Say whether the state of *whole* goes with how its parts ended."""
    if whole.state is State.SUCCEEDED:
        return not failed
    if whole.state is State.FAILED:
        text = f"{len(failed)} of {PARTS} parts failed"
        return bool(failed) and (whole.reason == "deadline" or whole.error == text)
    return whole.state is State.RUNNING or whole.reason == "asked"


def test_a_run_says_what_became_of_its_parts(database: Database) -> None:
    """After every step of many random histories; and each run is counted once."""
    store = database.open()
    answer = LostAnswer(store, losses=0)
    minutes = count()
    ends: Counter[str] = Counter()

    @settings(
        max_examples=10,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(steps, min_size=5, max_size=25))
    def play(taken: list[tuple[str, int | State, bool]]) -> None:
        history = History(database, store, answer, next(minutes))
        for name, choice, answer_lost in taken:
            history.do(name, choice, answer_lost=answer_lost)
        history.do("stop", 0, answer_lost=False)
        ends[get(store, history.whole).state.value] += 1

    play()

    with store._engine.connect() as connection:
        row = connection.execute(select(job_totals)).one()
    counts = {name: n for name, n in row._mapping.items() if name != "job" and n}
    assert dict(ends) == counts
