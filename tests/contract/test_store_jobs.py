"""Job definitions: what code says, what people changed, and who plans them."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.catchup import Catchup
from airq_cron.domain.job import BUILT_IN, Job, Overlap, Priority, Queue
from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.errors import ConflictError, NotFoundError, ScheduleError
from airq_cron.ports import Move, Unit
from airq_cron.store.ledger_tables import jobs
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import DAWN, job

HOUR = timedelta(hours=1)


def add(store: SqlStore, *added: Job) -> None:
    """Add jobs."""

    def work(unit: Unit) -> None:
        for one in added:
            unit.jobs.add(one)

    store.write(work)


def get(store: SqlStore, name: str = "a-job") -> Job:
    """Return a job."""
    with store.read() as unit:
        return unit.jobs.get(name)


def sync(store: SqlStore, built_in: Iterable[Job], at: object = DAWN) -> None:
    """Deploy jobs."""
    store.write(lambda unit: unit.jobs.sync_built_in(built_in, at))  # type: ignore[arg-type]


def save(store: SqlStore, **changes: object) -> None:
    """Change a job as a person does."""

    def work(unit: Unit) -> None:
        unit.jobs.save(replace(unit.jobs.lock("a-job"), **changes))  # type: ignore[arg-type]

    store.write(work)


def test_a_job_is_read_back_as_it_was_added(store: SqlStore) -> None:
    """Every field, policies and parameters too."""
    full = Job(
        name="full",
        kind="fetch",
        schedule="*/7 3 * * 1-5",
        zone="Europe/Paris",
        queue=Queue.DATA_FETCH,
        priority=Priority.HIGH,
        overlap=Overlap.QUEUE_ONE,
        catchup=Catchup("all", timedelta(minutes=90), 7),
        retry=RetryRule(Backoff.EXPONENTIAL, 3, 4.5, 30.0),
        params={"location": "paris", "hours": [1, 2]},
        time_limit_s=50,
        run_limit_s=900,
        description="Fetch 'é' 100 %",
        category="fetch",
        source="person",
        enabled=False,
        cursor=DAWN,
        next_due_at=None,
        version=3,
    )
    add(store, full)

    assert full == get(store, "full")


def test_a_new_job_looks_ahead(store: SqlStore) -> None:
    """Without a cursor it starts now, and knows when it is due."""
    add(store, job(schedule="0 * * * *"))

    found = get(store)
    with store.read() as unit:
        now = unit.runs.now()
    assert found.cursor is not None
    assert found.next_due_at is not None
    assert timedelta() <= now - found.cursor < timedelta(minutes=1)
    assert found.cursor < found.next_due_at <= found.cursor + HOUR


def test_a_given_cursor_is_kept(store: SqlStore) -> None:
    """An import of jobs brings its own."""
    add(store, job(cursor=DAWN, next_due_at=DAWN + HOUR))

    assert (DAWN, DAWN + HOUR) == (get(store).cursor, get(store).next_due_at)


def test_a_disabled_job_is_never_due(store: SqlStore) -> None:
    """Neither at once nor later."""
    add(store, job(enabled=False))

    assert get(store).next_due_at is None


def test_a_name_is_taken_once(store: SqlStore) -> None:
    """The first job stays as it was."""
    add(store, job(description="first"))

    with pytest.raises(ConflictError, match="a-job"):
        add(store, job(description="second"))
    assert "first" == get(store).description


def test_an_unreadable_schedule_is_refused(store: SqlStore) -> None:
    """It would stop every tick."""
    with pytest.raises(ScheduleError):
        add(store, job(schedule="61 * * * *"))


def test_jobs_are_listed_by_name(store: SqlStore) -> None:
    """In byte order on both databases."""
    names = ["b-job", "a_job", "a-job", "B", "é"]
    add(store, *(job(name) for name in names))

    with store.read() as unit:
        assert sorted(names) == [one.name for one in unit.jobs.all()]


def test_an_unknown_job_is_not_found(store: SqlStore) -> None:
    """By any door."""
    with pytest.raises(NotFoundError, match="a-job"):
        get(store)
    with pytest.raises(NotFoundError):
        store.write(lambda unit: unit.jobs.lock("a-job"))
    with pytest.raises(NotFoundError):
        store.write(lambda unit: unit.jobs.save(job()))


def test_saving_raises_the_version(store: SqlStore) -> None:
    """And replaces the definition."""
    add(store, job())

    save(store, description="changed", enabled=False, next_due_at=None)

    found = get(store)
    assert (2, "changed", False, None) == (
        found.version,
        found.description,
        found.enabled,
        found.next_due_at,
    )


def test_a_change_of_something_old_is_refused(store: SqlStore) -> None:
    """Two people who edit at once do not overwrite each other unseen."""
    add(store, job())
    stale = get(store)
    save(store, description="first")

    with pytest.raises(ConflictError, match="meantime"):
        store.write(lambda unit: unit.jobs.save(replace(stale, description="second")))
    assert "first" == get(store).description


def test_moving_the_cursor_is_no_change(store: SqlStore) -> None:
    """A beat does it every minute."""
    add(store, job())

    store.write(lambda unit: unit.jobs.move_cursors({"a-job": Move(DAWN, None, None)}))

    found = get(store)
    assert (1, DAWN, None) == (found.version, found.cursor, found.next_due_at)


def test_the_built_in_jobs_are_deployed_once(store: SqlStore) -> None:
    """A second start changes nothing, not even a cursor."""
    sync(store, BUILT_IN)
    with store.read() as unit:
        first = unit.jobs.all()
    sync(store, BUILT_IN, DAWN + HOUR)

    with store.read() as unit:
        assert first == unit.jobs.all()
    assert sorted(one.name for one in BUILT_IN) == [one.name for one in first]
    assert {DAWN} == {one.cursor for one in first}
    assert [replace(one, cursor=None, next_due_at=None) for one in first] == sorted(
        BUILT_IN, key=lambda one: one.name
    )


def test_a_deploy_changes_what_people_left_alone(store: SqlStore) -> None:
    """What they changed stays, deploy after deploy."""
    built_in = job(source="code", description="old", time_limit_s=10)
    sync(store, [built_in])
    save(store, time_limit_s=99)
    newer = replace(built_in, description="new", time_limit_s=20, priority=Priority.LOW)
    sync(store, [newer])
    sync(store, [newer])

    found = get(store)
    assert ("new", 99, Priority.LOW, 3) == (
        found.description,
        found.time_limit_s,
        found.priority,
        found.version,
    )


def test_a_deployed_schedule_starts_from_the_deploy(store: SqlStore) -> None:
    """No fire time of the past is made up; other changes leave the cursor."""
    sync(store, [job(source="code")])
    sync(store, [job(source="code", description="new")], DAWN + HOUR)
    kept = get(store)
    sync(store, [job(source="code", schedule="30 * * * *")], DAWN + 2 * HOUR)
    moved = get(store)

    assert (DAWN, DAWN + timedelta(minutes=1)) == (kept.cursor, kept.next_due_at)
    assert (DAWN + 2 * HOUR, DAWN + 2.5 * HOUR) == (moved.cursor, moved.next_due_at)


def test_a_job_switched_off_stays_off_over_deploys(store: SqlStore) -> None:
    """Even if its schedule changes meanwhile."""
    sync(store, [job(source="code")])
    save(store, enabled=False, next_due_at=None)
    sync(store, [job(source="code", schedule="30 * * * *")])

    found = get(store)
    assert (False, None, "30 * * * *") == (
        found.enabled,
        found.next_due_at,
        found.schedule,
    )


def test_a_persons_job_is_not_deployed_over(store: SqlStore) -> None:
    """Whoever made it first keeps the name."""
    add(store, job(description="mine"))
    sync(store, [job(source="code", description="theirs")])

    assert ("mine", "person", 1) == (
        get(store).description,
        get(store).source,
        get(store).version,
    )


def test_saving_does_not_make_a_code_job_a_persons(store: SqlStore) -> None:
    """Where a job comes from is not for the caller to say."""
    sync(store, [job(source="code")])
    save(store, source="person", description="mine")

    assert "code" == get(store).source


def test_many_processes_deploy_at_once(database: Database) -> None:
    """Each start does it, and several start together."""
    barrier = threading.Barrier(4)

    def start(_: int) -> None:
        mine = database.open()
        barrier.wait(timeout=20)
        sync(mine, BUILT_IN)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))

    assert len(BUILT_IN) == database.count(jobs)


def test_what_has_been_due_longest_comes_first(store: SqlStore) -> None:
    """Enabled ones, up to the limit, whose time has come."""
    add(
        store,
        job("b", next_due_at=DAWN, cursor=DAWN),
        job("a", next_due_at=DAWN + HOUR, cursor=DAWN),
        job("c", next_due_at=DAWN - HOUR, cursor=DAWN),
        job("d", next_due_at=None, cursor=DAWN),
        job("e", next_due_at=DAWN, cursor=DAWN, enabled=False),
    )

    found = {
        limit: store.write(lambda unit, limit=limit: unit.jobs.due(DAWN, limit))  # type: ignore[misc]
        for limit in (1, 9)
    }

    assert {1: ["c"], 9: ["c", "b"]} == {
        limit: [one.name for one in due] for limit, due in found.items()
    }


def test_the_next_due_time_is_that_of_an_enabled_job(store: SqlStore) -> None:
    """None when nothing will fire."""
    with store.read() as unit:
        assert unit.jobs.next_due_at() is None
    add(
        store,
        job("a", next_due_at=DAWN + HOUR, cursor=DAWN),
        job("b", next_due_at=DAWN, cursor=DAWN, enabled=False),
    )

    with store.read() as unit:
        assert DAWN + HOUR == unit.jobs.next_due_at()


@pytest.mark.parametrize("beats", [2, 4])
def test_beats_share_what_is_due(database: Database, beats: int) -> None:
    """No job is planned by two of them, and none is left."""
    store = database.open()
    names = [f"job-{number:02}" for number in range(40)]
    add(store, *(job(name, next_due_at=DAWN, cursor=DAWN) for name in names))
    barrier = threading.Barrier(beats)

    def tick(unit: Unit) -> list[str]:
        due = unit.jobs.due(DAWN, 5)
        unit.jobs.move_cursors({one.name: Move(DAWN, DAWN + HOUR, DAWN) for one in due})
        return [one.name for one in due]

    def beat(_: int) -> list[str]:
        mine = database.open()
        barrier.wait(timeout=20)
        return [name for _ in range(12) for name in mine.write(tick)]

    with ThreadPoolExecutor(beats) as pool:
        shares = list(pool.map(beat, range(beats)))

    assert names == sorted(name for share in shares for name in share)
