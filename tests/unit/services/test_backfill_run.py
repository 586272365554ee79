"""A job that runs another job again for its last days."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from airq_cron.domain.run import State
from airq_cron.errors import InvalidError, NotFoundError
from airq_cron.services.backfill_run import backfill_run
from airq_cron.services.execute import Ending
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, RecordingDispatcher
from tests import entries

TOKYO = timezone(timedelta(hours=9))


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


def carry_out(
    store: SqlStore, dispatcher: RecordingDispatcher, at: datetime, **params: Any
) -> Ending:
    """Let the backfill job `again` fire at *at*."""
    run = entries.run(of="again", kind="backfill", scheduled_for=at, params=params)
    entries.enter(store, run)
    return backfill_run(store, dispatcher, entries.claim(store, run.id))


def test_the_last_days_of_the_other_job_are_run_again(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock
) -> None:
    """The days of its zone before that of the fire time, low in priority."""
    job = entries.job("other", schedule="0 */6 * * *", zone="Asia/Tokyo")
    store.write(lambda unit: unit.jobs.add(job))

    # At noon in UTC it is the first of March in Tokyo, too.
    ending = carry_out(
        store, dispatcher, clock.now().replace(second=0), job="other", days=2
    )

    found = entries.runs_of(store, "other")
    assert [
        datetime(2026, 2, day, hour, tzinfo=TOKYO)
        for day in (27, 28)
        for hour in (0, 6, 12, 18)
    ] == [run.scheduled_for for run in found]
    assert {"low"} == {run.priority for run in found}
    with store.read() as unit:
        result = ending.work(unit)
        (started,) = unit.backfills.find("other", limit=9, after=None)
    assert {"backfill": started.id, "runs": 8} == result
    assert ("job:again", date(2026, 2, 27), date(2026, 2, 28)) == (
        started.entered_by, started.first, started.last
    )  # fmt: skip
    assert [found[0].id] == dispatcher.ids


def test_days_count_from_the_fire_time_not_from_now(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock
) -> None:
    """A run that comes late does what it was due to do."""
    due = clock.now() - timedelta(days=10)

    carry_out(store, dispatcher, due, job="daily-statistics", days=1)

    assert [date(2026, 2, 18)] == [
        run.scheduled_for.date() for run in entries.runs_of(store, "daily-statistics")
    ]


def test_a_job_that_did_not_fire_then_is_skipped(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock
) -> None:
    """A weekly job has six such days a week; that is no failure."""
    ending = carry_out(store, dispatcher, clock.now(), job="weekly-cleanup", days=1)

    assert (State.SKIPPED, "no_fire_time") == (ending.state, ending.reason)


def test_too_much_is_a_failure(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock
) -> None:
    """A year of minutes is more than one backfill holds."""
    with pytest.raises(InvalidError, match="take fewer days"):
        carry_out(store, dispatcher, clock.now(), job="fetch-paris-data", days=366)


def test_a_job_that_is_gone_is_a_failure(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock
) -> None:
    """The run says which one."""
    with pytest.raises(NotFoundError, match="other"):
        carry_out(store, dispatcher, clock.now(), job="other", days=1)
