"""Fire times of a job, and of what it might become."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from airq_cron.domain.firing import FireTime, Novelty
from airq_cron.errors import InvalidError, NotFoundError, ScheduleError
from airq_cron.services.preview import (
    Preview,
    PreviewQuery,
    preview_job,
    preview_schedule,
)
from airq_cron.services.toggle import toggle_job
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests import entries

HOUR = timedelta(hours=1)
AUTUMN = date(2026, 10, 25)


@pytest.fixture
def nightly(store: SqlStore) -> str:
    """Enter a job at half past two in Paris."""
    job = entries.job("nightly", schedule="30 2 * * *", zone="Europe/Paris")
    store.write(lambda unit: unit.jobs.add(job))
    return job.name


def look(store: SqlStore, name: str = "nightly", **query: Any) -> Preview:
    """Preview a job where a minute is the shortest period."""
    return preview_job(
        store, name, PreviewQuery(**query), shortest=timedelta(minutes=1)
    )


@pytest.mark.usefixtures("nightly")
def test_a_day_from_now_is_shown_unless_told_otherwise(
    store: SqlStore, clock: FakeClock
) -> None:
    """The one fire time of the coming night."""
    found = look(store)

    assert (clock.now(), clock.now() + 24 * HOUR) == (
        found.period.start, found.period.end
    )  # fmt: skip
    assert ["2026-03-02T02:30:00+01:00"] == [one.local for one in found.page.items]
    assert found.page.after is None


@pytest.mark.usefixtures("nightly")
def test_days_are_those_of_the_zone(store: SqlStore) -> None:
    """Both included: the day of the change has 25 hours."""
    found = look(store, since=AUTUMN, until=AUTUMN)

    assert 25 * HOUR == found.period.length
    assert [("2026-10-25T02:30:00+02:00", "fold", None)] == [
        (one.local, one.mark, one.novelty) for one in found.page.items
    ]


@pytest.mark.usefixtures("nightly")
def test_a_change_is_set_against_what_is(store: SqlStore) -> None:
    """The days are then those of the proposed zone."""
    found = look(store, since=AUTUMN, until=AUTUMN, schedule="30 0,1 * * *", zone="UTC")

    assert ("30 0,1 * * *", "UTC") == (found.schedule.text, found.schedule.zone)
    assert datetime(2026, 10, 25, tzinfo=UTC) == found.period.start
    assert [Novelty.KEPT, Novelty.ADDED] == [one.novelty for one in found.page.items]


@pytest.mark.usefixtures("nightly")
def test_the_same_schedule_again_keeps_everything(store: SqlStore) -> None:
    """It is compared all the same."""
    found = look(store, schedule="30 2 * * *")

    assert [Novelty.KEPT] == [one.novelty for one in found.page.items]


def test_a_job_that_is_off_is_shown_as_if_it_were_on(store: SqlStore) -> None:
    """So that one sees what switching it on would bring."""
    toggle_job(store, "health-check", enabled=False)

    assert 288 == len(look(store, "health-check").page.items)


@pytest.mark.parametrize("schedule", [None, "*/2 * * * *"])
def test_pages_follow_without_a_gap(store: SqlStore, schedule: str | None) -> None:
    """As many as asked for, and where to go on."""
    query = {"since": AUTUMN, "schedule": schedule}
    whole = look(store, "fetch-paris-data", **query, limit=1000).page.items

    pages: list[FireTime] = []
    after: tuple[str, ...] | None = None
    for _ in range(4):
        page = look(store, "fetch-paris-data", **query, limit=250, after=after).page
        pages += page.items
        after = page.after

    assert whole == tuple(pages)
    assert after is not None
    assert 1000 == len(whole)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": AUTUMN, "until": date(2026, 10, 24)}, "to"),
        ({"since": date(2026, 1, 1), "until": date(2027, 1, 2)}, "to"),
        ({"until": datetime(2020, 1, 1, tzinfo=UTC)}, "to"),
        ({"schedule": "* * * *"}, "schedule"),
        ({"schedule": "every 59s"}, "schedule"),
        ({"zone": "Mars/Olympus"}, "timezone"),
    ],
)
def test_what_cannot_be_shown_is_named(
    store: SqlStore, query: dict[str, Any], field: str
) -> None:
    """A year at most, forward."""
    with pytest.raises(InvalidError) as refusal:
        look(store, "health-check", **query)
    assert field == refusal.value.field


def test_an_unknown_job_has_no_fire_times(store: SqlStore) -> None:
    """And a schedule that is too frequent is one of no job."""
    with pytest.raises(NotFoundError):
        look(store, "nope")
    with pytest.raises(ScheduleError):
        look(store, "health-check", schedule="every 1s")


def test_a_job_that_is_not_there_yet_is_shown_its_first_fire_times(
    clock: FakeClock,
) -> None:
    """In its own zone, no more than asked for; nothing is new or goes."""
    query = PreviewQuery(schedule="30 2 * * *", zone="Europe/Paris", since=AUTUMN,
                         until=AUTUMN + timedelta(days=9), limit=2)  # fmt: skip
    found = preview_schedule(query, at=clock.now(), shortest=timedelta(minutes=1))

    assert [
        ("2026-10-25T02:30:00+02:00", "fold", None),
        ("2026-10-26T02:30:00+01:00", None, None),
    ] == [(one.local, one.mark, one.novelty) for one in found]


def test_a_schedule_that_fires_too_often_is_refused_before_there_is_a_job(
    clock: FakeClock,
) -> None:
    """With the field."""
    query = PreviewQuery(schedule="every 10s")
    with pytest.raises(ScheduleError) as caught:
        preview_schedule(query, at=clock.now(), shortest=timedelta(minutes=1))

    assert "schedule" == caught.value.field
