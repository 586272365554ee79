"""Beats, sweepers and pages find runs by an index, however many have ended."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from airq_cron.domain.run import State
from airq_cron.ports import LetterFilter, RunFilter, Unit
from airq_cron.store.entering import MARK_FREE
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import DAWN, LEASE, WORKER, backfill, enter, run

SECOND = timedelta(seconds=1)
KEYS = {
    "sqlite_autoindex_runs_1": "pk_runs",
    "sqlite_autoindex_runs_2": "uq_runs_job_scheduled_for_origin_part",
}
ANY = LetterFilter()
NEVER = {("monitoring", "normal"): DAWN}


def listed(**where: Any) -> Callable[[Unit], object]:
    """List a page."""
    return lambda unit: unit.runs.find(
        RunFilter(**where), limit=50, after=(DAWN, "some-id")
    )


def release_of_backfill(unit: Unit) -> object:
    """Look whose turn it is in a backfill."""
    unit.backfills.add(backfill())
    unit.backfills.mark_entered("b1", DAWN)
    return unit.runs.release_next("a-job", backfill="backfill:b1")


QUESTIONS: dict[str, tuple[Callable[[Unit], object], set[str]]] = {
    "page": (listed(), {"ix_runs_listed"}),
    "page of a job": (listed(job="a-job"), {"uq_runs_job_scheduled_for_origin_part"}),
    "dead letters": (listed(state=State.DEAD), {"ix_runs_notable"}),
    "open runs": (listed(state=State.RUNNING), {"ix_runs_notable"}),
    "letters": (
        lambda unit: unit.runs.find_dead_letters(ANY, limit=50, after=(DAWN, "x")),
        {"ix_runs_dead_letters"},
    ),
    "retry": (
        lambda unit: unit.runs.retry(["some-id"]),
        {"pk_runs"},
    ),
    "discard": (lambda unit: unit.runs.discard(["some-id"]), {"pk_runs"}),
    "fire time": (
        lambda unit: unit.runs.at_fire_time("a-job", DAWN),
        {"uq_runs_job_scheduled_for_origin_part"},
    ),
    "oldest due": (
        lambda unit: unit.runs.oldest_due("a-job"),
        {"uq_runs_job_scheduled_for_origin_part"},
    ),
    "due in an hour": (
        lambda unit: unit.runs.count_due("a-job", DAWN, DAWN + SECOND),
        {"uq_runs_job_scheduled_for_origin_part"},
    ),
    "parts": (
        lambda unit: unit.runs.parts_of("some-id", state=None, limit=9, after=0),
        {"ix_runs_parts"},
    ),
    "unfinished": (lambda unit: unit.runs.unfinished("a-job"), {"ix_runs_unfinished"}),
    "standing": (
        lambda unit: unit.runs.count_unfinished(["a-job", "another"]),
        {"ix_runs_unfinished"},
    ),
    "marked": (lambda unit: unit.runs.mark_queued(["some-id"]), {"pk_runs"}),
    "known": (lambda unit: unit.runs.known(["some-id"]), {"pk_runs"}),
    "unclaimed": (
        lambda unit: unit.runs.unclaimed("a-job", SECOND, 9),
        {"ix_runs_unfinished"},
    ),
    "counts": (lambda unit: unit.runs.count_by_state(), {"ix_runs_counted"}),
    "progress": (
        lambda unit: unit.runs.progress("a-job", "backfill:b1"),
        {"ix_runs_special"},
    ),
    "manual key": (
        lambda unit: unit.runs.find_manual("a-job", "manual:k"),
        {"uq_runs_manual"},
    ),
    "anything unfinished": (
        lambda unit: unit.runs.has_unfinished(),
        {"ix_runs_counted"},
    ),
    "retries": (lambda unit: unit.runs.take_waiting(9), {"ix_runs_waiting"}),
    "unsent": (lambda unit: unit.runs.take_unsent(SECOND, 9), {"ix_runs_sent"}),
    "lost": (lambda unit: unit.runs.take_lost(NEVER, SECOND, 9), {"ix_runs_sent"}),
    "overdue": (lambda unit: unit.runs.end_overdue(9), {"ix_runs_sent"}),
    "lapsed leases": (lambda unit: unit.runs.take_expired(3, 9), {"ix_runs_leased"}),
    "stuck": (
        lambda unit: unit.runs.release_stuck(9),
        {"ix_runs_followers", "ix_runs_unfinished"},
    ),
    "next": (
        lambda unit: unit.runs.release_next("a-job", backfill=None),
        {"pk_runs", "ix_runs_followers", "ix_runs_unfinished"},
    ),
    "next of a backfill": (
        release_of_backfill,
        {"ix_runs_backfilled", "ix_runs_under_way"},
    ),
    "end of a backfill": (
        lambda unit: (
            unit.backfills.add(backfill()),
            unit.backfills.cancel_runs("b1", 9),
        ),
        {"ix_runs_special"},
    ),
    "unstarted": (lambda unit: unit.runs.unstarted(), {"ix_runs_unfinished"}),
    "running": (lambda unit: unit.runs.running_for(), {"ix_runs_leased"}),
    "missed lately": (
        lambda unit: unit.runs.missed_lately(DAWN),
        {"ix_runs_missed", "uq_runs_job_scheduled_for_origin_part"},
    ),
    "newest carried out": (
        lambda unit: unit.runs.newest_carried_out(3),
        {"pk_runs", "uq_runs_job_scheduled_for_origin_part"},
    ),
    "by hand": (
        lambda unit: unit.runs.asked_for_by_hand(DAWN),
        {"ix_runs_by_hand"},
    ),
    "dropped": (
        lambda unit: unit.runs.dropped_during(["some-id"]),
        {"ix_runs_notable", "uq_runs_job_scheduled_for_origin_part"},
    ),
    "renewal": (
        lambda unit: unit.runs.renew(["some-id"], worker=WORKER, lease=LEASE),
        {"pk_runs"},
    ),
    "hand back": (
        lambda unit: unit.runs.hand_back(None, worker=WORKER),
        {"ix_runs_leased"},
    ),
    "cancel": (
        lambda unit: unit.runs.cancel(["some-id"], reason="asked"),
        {"pk_runs", "ix_runs_parts"},
    ),
    "purge": (
        lambda unit: unit.runs.purge(
            "a-job", states=[State.SUCCEEDED], before=DAWN, keep=9, limit=9
        ),
        {"uq_runs_job_scheduled_for_origin_part"},
    ),
}


class Watch:
    """The plans of all statements about runs."""

    def __init__(self, store: SqlStore) -> None:
        """Listen to what the store asks."""
        self.plans: list[str] = []
        event.listen(store._engine, "before_cursor_execute", self._explain)

    def _explain(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, *_: object
    ) -> None:
        if not re.match(r"SELECT|WITH|UPDATE|DELETE", statement):
            return
        line = connection.connection.driver_connection
        rows = line.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        self.plans += [row[3] for row in rows if re.search(r"\bruns(_\d+)?\b", row[3])]


@pytest.mark.parametrize("question", list(QUESTIONS))
def test_runs_are_found_by_their_index(
    sqlite_database: Database, question: str
) -> None:
    """Nothing reads the ledger from end to end."""
    ask, expected = QUESTIONS[question]
    store = sqlite_database.open()
    watch = Watch(store)

    store.write(ask)

    used = {
        name
        if name.startswith(("ix", "uq"))
        else name.replace("sqlite_autoindex", "pk")
        for plan in watch.plans
        for name in re.findall(r"INDEX (\w+)", plan)
    }
    named = {
        re.sub(r"^pk_runs_1$", "pk_runs", name).replace(
            "pk_runs_2", "uq_runs_job_scheduled_for_origin_part"
        )
        for name in used
    }
    assert expected == named, watch.plans
    assert [] == [plan for plan in watch.plans if "INDEX" not in plan]


def test_marking_goes_through_few_runs_at_most_once(
    postgres_database: Database,
) -> None:
    """Not once for each id, though PostgreSQL has been told that there are none."""
    store = postgres_database.open()
    with store._engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE runs")
        connection.commit()
    ids = enter(store, *map(run, range(2_000)))
    statement = MARK_FREE.compile(store._engine)
    values = statement.construct_params({"ids": ids[:20], "at": DAWN})
    with store._engine.connect() as connection:
        ((plans,),) = connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values
        )
    looked_at = sum(_looked_at(plans[0]["Plan"]))

    assert 20 < looked_at < 2 * len(ids), plans


def _looked_at(plan: dict[str, Any]) -> Iterator[float]:
    """Yield how many rows each step took in, with those that it left out."""
    left_out = sum(
        figure for name, figure in plan.items() if name.startswith("Rows Removed")
    )
    yield (plan["Actual Rows"] + left_out) * plan["Actual Loops"]
    for step in plan.get("Plans", ()):
        yield from _looked_at(step)
