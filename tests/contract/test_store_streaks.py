"""Jobs that fail, overrides that go, and definitions that are removed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.job import Job
from airq_cron.domain.run import Outcome, State
from airq_cron.errors import NotFoundError
from airq_cron.ports import Unit
from airq_cron.store.ledger_tables import jobs
from airq_cron.store.store import SqlStore
from tests import entries
from tests.databases import Database

MINUTE = timedelta(minutes=1)


def carried_out(store: SqlStore, **more: object) -> list[tuple[int, State]]:
    """Return minute and state of the runs of `a-job` that were carried out."""
    options: dict[str, object] = {"since": None, "limit": 9}
    with store.read() as unit:
        found = unit.runs.last_carried_out("a-job", **options | more)  # type: ignore[arg-type]
    return [((run.scheduled_for - entries.DAWN) // MINUTE, run.state) for run in found]


def test_runs_that_were_carried_out_come_newest_first(store: SqlStore) -> None:
    """Whatever else became of fire times is left out."""
    entries.end(store, 0, State.SUCCEEDED)
    entries.end(store, 2, State.FAILED)
    entries.end(store, 1, State.FAILED)
    entries.end(store, 9, State.FAILED, of="other")
    entries.end(store, 3, State.FAILED, origin="manual:x")
    entries.enter(
        store,
        entries.run(4, state=State.SKIPPED),
        entries.run(5, state=State.MISSED),
        entries.run(6),
    )

    assert [(2, State.FAILED), (1, State.FAILED), (0, State.SUCCEEDED)] == carried_out(
        store
    )
    assert [(2, State.FAILED)] == carried_out(store, limit=1)
    since = entries.DAWN + MINUTE
    assert [(2, State.FAILED)] == carried_out(store, since=since)


def test_a_transaction_knows_whom_it_made_fail(store: SqlStore) -> None:
    """By any door, and only in that transaction."""
    failed, crashed = (entries.begin(store, of=name) for name in ("failed", "crashed"))
    good = entries.begin(store, of="good")

    def work(unit: Unit) -> set[str]:
        unit.runs.finish(good, State.SUCCEEDED, outcome=Outcome.SUCCEEDED)
        assert set() == unit.runs.failing_jobs()
        unit.runs.finish(failed, State.FAILED, outcome=Outcome.FAILED)
        unit.runs.crash([crashed.run_id], worker=entries.WORKER, limit=1)
        return unit.runs.failing_jobs()

    assert {"failed", "crashed"} == store.write(work)
    assert set() == store.write(lambda unit: unit.runs.failing_jobs())


def deployed(store: SqlStore) -> Job:
    """Deploy a job and return its definition."""
    code = entries.job(source="code")
    store.write(lambda unit: unit.jobs.sync_built_in([code], entries.DAWN))
    return code


def change(store: SqlStore, code: Job | None, **changes: object) -> tuple[str, ...]:
    """Change the job as a person does; return its overrides."""

    def work(unit: Unit) -> tuple[str, ...]:
        job = unit.jobs.lock("a-job")
        unit.jobs.save(replace(job, **changes), code=code)  # type: ignore[arg-type]
        return unit.jobs.get("a-job").overrides

    return store.write(work)


def test_what_people_changed_is_an_override(store: SqlStore) -> None:
    """Until it is again as code says."""
    code = deployed(store)

    assert ("description", "time_limit_s") == change(
        store, code, time_limit_s=9, description="x"
    )
    assert ("description",) == change(store, code, time_limit_s=code.time_limit_s)
    assert ("description",) == change(store, code, note="no part of the definition")
    assert () == change(store, code, description=code.description)


def test_without_the_code_at_hand_an_override_stays(store: SqlStore) -> None:
    """Nobody knows what it would go back to."""
    code = deployed(store)
    change(store, None, time_limit_s=9)

    assert ("time_limit_s",) == change(store, None, time_limit_s=code.time_limit_s)


def test_a_persons_job_has_no_overrides(store: SqlStore) -> None:
    """There is nothing it would override."""
    store.write(lambda unit: unit.jobs.add(entries.job()))

    assert () == change(store, None, time_limit_s=9)


def test_a_removed_job_leaves_its_runs(database: Database, store: SqlStore) -> None:
    """And its name among those that have some."""
    store.write(lambda unit: unit.jobs.add(entries.job()))
    claim = entries.end(store, 0, State.SUCCEEDED)

    store.write(lambda unit: unit.jobs.remove("a-job"))

    assert 0 == database.count(jobs)
    assert State.SUCCEEDED is entries.get(store, claim.run_id).state
    with store.read() as unit:
        assert ["a-job"] == unit.jobs.names_with_ends()
    with pytest.raises(NotFoundError):
        store.write(lambda unit: unit.jobs.remove("a-job"))
