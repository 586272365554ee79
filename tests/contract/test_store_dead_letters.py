"""Dead letters are listed, started again under the same id, or discarded."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from airq_cron.domain.period import floor_hour
from airq_cron.domain.run import Outcome, Run, State
from airq_cron.ports import JobFigures, LetterFilter
from airq_cron.store.store import SqlStore
from tests import entries
from tests.databases import Database
from tests.entries import (
    DAWN,
    WORKER,
    begin,
    claim,
    end,
    enter,
    finish,
    get,
    job,
    run,
    states,
)

ANY = LetterFilter()


def letters(
    store: SqlStore,
    where: LetterFilter = ANY,
    *,
    limit: int = 100,
    after: tuple[datetime, str] | None = None,
) -> list[Run]:
    """List dead letters."""
    with store.read() as unit:
        return unit.runs.find_dead_letters(where, limit=limit, after=after)


def retry(store: SqlStore, *ids: str) -> list[Run]:
    """Start runs again."""
    return store.write(lambda unit: unit.runs.retry(ids))


def discard(store: SqlStore, *ids: str) -> list[str]:
    """Discard runs."""
    return store.write(lambda unit: unit.runs.discard(ids))


def fail(store: SqlStore, minute: int, **more: str) -> str:
    """Enter a run that fails with an error."""
    claimed = begin(store, minute, **more)
    finish(store, claimed, State.FAILED, error=f"boom {minute}")
    return claimed.run_id


def kill(store: SqlStore, minute: int) -> str:
    """Enter a run whose only attempt crashes for good."""
    run_id = begin(store, minute).run_id
    store.write(lambda unit: unit.runs.crash([run_id], worker=WORKER, limit=1))
    return run_id


def split(store: SqlStore, *ends: State) -> list[str]:
    """Enter a run that was split, its parts ended so; return all ids."""
    claimed, parts = entries.split(store, len(ends))
    for part, state in zip(parts, ends, strict=True):
        if state is State.CANCELLED:
            store.write(
                lambda unit, one=part: unit.runs.cancel([one], reason="deadline")  # type: ignore[misc]
            )
        else:
            finish(store, claim(store, part), state)
    return [claimed.run_id, *parts]


def test_failed_and_dead_runs_are_listed_newest_first(store: SqlStore) -> None:
    """With their attempts; what ended otherwise, or is a part, is not there."""
    failed, dead = fail(store, 1), kill(store, 2)
    end(store, 3, State.SUCCEEDED)
    enter(store, run(4, state=State.SKIPPED), run(5))
    part = run(1, part=1, parent=failed)
    enter(store, part)
    finish(store, claim(store, part.id), State.FAILED)

    found = letters(store)

    assert [dead, failed] == [one.id for one in found]
    assert [[Outcome.CRASHED], [Outcome.FAILED]] == [
        [one.outcome for one in letter.attempts] for letter in found
    ]
    assert "boom 1" == found[1].attempts[0].error


@pytest.mark.parametrize(
    ("where", "minutes"),
    [
        (LetterFilter(job="a-job"), [3, 1]),
        (LetterFilter(job="nobody"), []),
        (LetterFilter(since=DAWN + timedelta(minutes=2)), [3, 2]),
        (LetterFilter(until=DAWN + timedelta(minutes=2)), [1]),
    ],
)
def test_the_list_is_filtered(
    store: SqlStore, where: LetterFilter, minutes: list[int]
) -> None:
    """Since is included, until is not."""
    fail(store, 1)
    fail(store, 2, of="another")
    fail(store, 3)

    found = letters(store, where)

    assert minutes == [(one.scheduled_for - DAWN).seconds // 60 for one in found]


def test_pages_of_dead_letters_follow_each_other(store: SqlStore) -> None:
    """The cursor is a place in the order."""
    ids = [fail(store, minute) for minute in range(5)]

    first = letters(store, limit=3)
    place = (first[-1].scheduled_for, first[-1].id)
    rest = letters(store, limit=3, after=place)

    assert ids[::-1] == [one.id for one in first + rest]


@pytest.mark.parametrize("make", [fail, kill])
def test_a_retried_run_begins_anew_under_its_id(store: SqlStore, make: object) -> None:
    """Nothing of the failure counts any more; only the fence goes on."""
    assert callable(make)
    run_id = make(store, 1)
    before = get(store, run_id)

    (sent,) = retry(store, run_id)

    found = get(store, run_id)
    assert (run_id, State.SCHEDULED) == (sent.id, found.state)
    assert (0, 0, 1, 2) == (found.errors, found.crashes, found.attempt, found.sends)
    assert {None} == {
        found.finished_at,
        found.deadline_at,
        found.error,
        found.reason,
        found.queued_at,
        found.owner,
    }
    assert before.attempts == found.attempts
    assert found.sent_at is not None
    assert before.sent_at is not None
    assert found.sent_at > before.sent_at


def test_the_next_attempt_after_a_retry_has_a_deadline_of_its_own(
    store: SqlStore,
) -> None:
    """Attempt 2, and the run may fail and end once more."""
    run_id = fail(store, 1)
    first = get(store, run_id).attempts[0]
    retry(store, run_id)

    claimed = claim(store, run_id)

    assert 2 == claimed.attempt
    assert claimed.deadline_at > first.started_at + timedelta(seconds=3600)
    finish(store, claimed)
    assert [State.SUCCEEDED] == states(store, [run_id])


def test_a_message_of_the_old_time_does_not_start_it_twice(store: SqlStore) -> None:
    """One claim wins, whoever brings the message."""
    run_id = fail(store, 1)
    retry(store, run_id)
    claim(store, run_id)

    with store.read() as unit:
        assert State.RUNNING is unit.runs.get(run_id).state
    assert [] == retry(store, run_id)


def test_what_is_no_dead_letter_is_not_started_again(store: SqlStore) -> None:
    """Neither what goes on, nor what ended otherwise, nor a part."""
    done = end(store, 1, State.SUCCEEDED).run_id
    skipped = run(2, state=State.SKIPPED)
    enter(store, skipped)
    going = begin(store, 3).run_id
    part = run(3, part=1, parent=going)
    enter(store, part)
    finish(store, claim(store, part.id), State.FAILED)

    assert [] == retry(store, done, skipped.id, going, part.id, "unknown")
    assert [] == discard(store, done, skipped.id, going, part.id, "unknown")


def test_discarding_takes_a_run_off_the_list(store: SqlStore) -> None:
    """Once; the row stays, and a retry brings it back should it fail again."""
    run_id = fail(store, 1)

    first, second = discard(store, run_id), discard(store, run_id)

    assert ([run_id], []) == (first, second)
    assert [] == letters(store)
    assert get(store, run_id).discarded_at is not None
    assert State.FAILED is get(store, run_id).state
    retry(store, run_id)
    assert get(store, run_id).discarded_at is None
    finish(store, claim(store, run_id), State.FAILED)
    assert [run_id] == [one.id for one in letters(store)]


def test_a_run_with_parts_restarts_those_that_did_not_succeed(store: SqlStore) -> None:
    """It runs again without a lease; what succeeded is not done twice."""
    ends = (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.SUCCEEDED)
    whole, *parts = split(store, *ends)

    sent = retry(store, whole)

    again = State.SCHEDULED
    assert sorted([parts[1], parts[2]]) == sorted(one.id for one in sent)
    assert [State.SUCCEEDED, again, again, State.SUCCEEDED] == states(store, parts)
    found = get(store, whole)
    assert (State.RUNNING, None, None) == (
        found.state,
        found.lease_until,
        found.finished_at,
    )
    assert (4, 2, 0) == (found.parts, found.parts_left, found.parts_failed)
    assert found.deadline_at is not None
    assert found.deadline_at == get(store, parts[1]).deadline_at


def test_the_last_part_that_was_restarted_closes_its_run(store: SqlStore) -> None:
    """Then all have succeeded."""
    whole, *parts = split(store, State.FAILED, State.SUCCEEDED, State.FAILED)
    assert State.FAILED is get(store, whole).state
    retry(store, whole)

    for part in (parts[0], parts[2]):
        finish(store, claim(store, part))

    assert (State.SUCCEEDED, None) == (get(store, whole).state, get(store, whole).error)


def figures(store: SqlStore) -> JobFigures:
    """Return the figures of the job."""
    with store.read() as unit:
        return unit.jobs.figures(unit.runs.now())["a-job"]


def test_a_retried_run_is_counted_by_its_last_end(store: SqlStore) -> None:
    """Totals stay the number of runs that have ended."""
    store.write(lambda unit: unit.jobs.add(job()))
    run_id, dead = fail(store, 1), kill(store, 2)
    end(store, 3, State.SUCCEEDED)
    before = figures(store).totals
    retry(store, run_id, dead)
    meanwhile = figures(store)
    finish(store, claim(store, run_id))

    after = figures(store).totals
    assert (3, 2, 1) == (before["total"], before["failed"], before["succeeded"])
    assert (1, 0, 1.0) == (
        meanwhile.totals["total"],
        meanwhile.totals["failed"],
        meanwhile.success_rate,
    )
    assert (2, 2) == (after["total"], after["succeeded"])


def test_one_hour_of_a_job_is_told(store: SqlStore) -> None:
    """What ended in it; an hour without ends is none."""
    store.write(lambda unit: unit.jobs.add(job()))
    fail(store, 1)
    end(store, 2, State.SUCCEEDED)
    hour = floor_hour(get(store, run(2).id).created_at)

    with store.read() as unit:
        found = unit.jobs.hour_figures("a-job", hour)
        other = unit.jobs.hour_figures("a-job", hour - timedelta(hours=3))

    assert found is not None
    assert (2, 1, 0.5) == (
        found.totals["total"],
        found.totals["failed"],
        found.success_rate,
    )
    assert other is None


def test_of_two_who_retry_at_once_one_starts_it(database: Database) -> None:
    """The other finds nothing left to start; the end is taken back once."""
    store = database.open()
    store.write(lambda unit: unit.jobs.add(job()))
    ids = [fail(store, minute) for minute in range(5)]

    stores = [store, database.open()]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda one: retry(one, *ids), stores))

    started = [run.id for runs in found for run in runs]
    assert sorted(ids) == sorted(started)
    assert 0 == figures(store).totals["total"]
