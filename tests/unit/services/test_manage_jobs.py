"""Jobs that people make, change and remove."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airq_cron.domain.job import BUILT_IN, Job, Queue
from airq_cron.domain.run import State
from airq_cron.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    ScheduleError,
    StaleError,
)
from airq_cron.ports import AuditEntry, AuditFilter
from airq_cron.services.backfill import start_backfill
from airq_cron.services.manage_jobs import (
    change_job,
    create_job,
    delete_job,
    describe_job,
    list_jobs,
    read_job,
    replace_job,
    reset_job,
)
from airq_cron.services.tick import tick
from airq_cron.services.toggle import toggle_job
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, RecordingDispatcher
from tests import entries

HOURLY = {"kind": "health", "schedule": "0 * * * *"}
ME = "cli:me"


def make(store: SqlStore, name: str = "mine", **more: Any) -> Job:
    """Make a job that fires every hour."""
    return create_job(store, name, HOURLY | more, by=ME)


def audited(store: SqlStore, name: str = "mine") -> list[AuditEntry]:
    """Return what the audit trail says of a job, newest first."""
    with store.read() as unit:
        return unit.audit.find(AuditFilter(subject=f"job:{name}"), limit=99, after=None)


def test_a_new_job_looks_ahead(store: SqlStore, clock: FakeClock) -> None:
    """It has the queue of its kind, and belongs to people."""
    found = make(store)

    assert ("health", "UTC", Queue.MONITORING, "person", 1, True) == (
        found.kind, found.zone, found.queue, found.source, found.version, found.enabled
    )  # fmt: skip
    assert (clock.now(), datetime(2026, 3, 1, 13, tzinfo=UTC)) == (
        found.cursor, found.next_due_at
    )  # fmt: skip
    assert found == read_job(store, "mine")
    (entry,) = audited(store)
    assert (ME, "job.create", None) == (entry.actor, entry.action, entry.before)
    assert entry.after is not None
    assert "0 * * * *" == entry.after["schedule"]


def test_a_new_job_may_be_off(store: SqlStore) -> None:
    """It waits for somebody to switch it on."""
    assert make(store, enabled=False).next_due_at is None


def test_every_policy_can_be_given(store: SqlStore) -> None:
    """And is told again in the same words."""
    policies: dict[str, Any] = {
        "overlap": "replace",
        "priority": "low",
        "queue": "analytics",
        "catchup": {"mode": "all", "window_s": 3600, "cap": 5},
        "retry": {"backoff": "fixed", "attempts": 3, "delay_s": 1.5, "cap_s": 2.0},
        "time_limit_s": 20,
        "soft_limit_s": 10,
        "run_limit_s": 100,
        "start_margin_s": 30,
        "jitter_s": 60,
        "pause_after": 4,
        "description": "Look twice",
        "category": "mine",
    }

    told = describe_job(make(store, **policies))

    assert policies == {name: told[name] for name in policies}
    assert ({}, None, 1) == (told["overrides"], told["note"], told["version"])


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("Mine", {}, "name"),
        ("stats", {}, "name"),
        ("mine", {"kind": "nope"}, "kind"),
        ("mine", {"schedule": "every 9s"}, "schedule"),
        ("mine", {"schedule": "at 2026-03-01T12:00:00Z"}, "schedule"),
        ("mine", {"schedule": "* * * * * *"}, "schedule"),
        ("mine", {"timezone": "Mars/Olympus"}, "timezone"),
        ("mine", {"time_limit_s": 4000}, "time_limit_s"),
        ("mine", {"params": {"x": 1}}, "params.x"),
        ("mine", {"kind": "fetch", "params": {"location": "rome"}}, "params.location"),
        (
            "mine",
            {"kind": "backfill", "params": {"job": "nope", "days": 1}},
            "params.job",
        ),
    ],
)
def test_what_is_wrong_is_named(
    store: SqlStore, name: str, values: dict[str, Any], field: str
) -> None:
    """And nothing is entered."""
    with pytest.raises(InvalidError) as refusal:
        make(store, name, **values)

    assert field == refusal.value.field
    assert len(BUILT_IN) == len(list_jobs(store, limit=99, after=None).items)


@pytest.mark.parametrize("missing", ["kind", "schedule"])
def test_kind_and_schedule_must_be_given(store: SqlStore, missing: str) -> None:
    """Everything else has a default."""
    values = {name: value for name, value in HOURLY.items() if name != missing}

    with pytest.raises(InvalidError, match="is missing") as refusal:
        create_job(store, "mine", values, by=ME)
    assert missing == refusal.value.field


def test_how_often_jobs_may_fire_is_a_setting(store: SqlStore) -> None:
    """A second, where somebody wants it."""
    job = create_job(
        store,
        "mine",
        HOURLY | {"schedule": "every 1s"},
        by=ME,
        shortest=timedelta(seconds=1),
    )

    assert "every 1s" == job.schedule


def test_a_name_is_taken_once(store: SqlStore) -> None:
    """Also the same body again is a conflict."""
    make(store)

    with pytest.raises(ConflictError, match="mine"):
        make(store)
    with pytest.raises(ConflictError):
        make(store, "health-check")
    assert 1 == len(audited(store))


def test_a_backfill_may_not_run_a_backfill(store: SqlStore) -> None:
    """They would multiply."""
    again: dict[str, Any] = {
        "kind": "backfill",
        "params": {"job": "daily-statistics", "days": 7},
    }
    make(store, "again", **again)

    with pytest.raises(InvalidError) as refusal:
        make(store, "twice", **again | {"params": {"job": "again", "days": 1}})
    assert "params.job" == refusal.value.field


def test_jobs_are_listed_by_name_in_pages(store: SqlStore) -> None:
    """The next page begins where the last one ended."""
    first = list_jobs(store, limit=2, after=None)
    rest = list_jobs(store, limit=99, after=first.after)

    names = [job.name for job in (*first.items, *rest.items)]
    assert sorted(job.name for job in BUILT_IN) == names
    assert rest.after is None


def test_a_changed_part_leaves_the_rest(store: SqlStore, clock: FakeClock) -> None:
    """Its cursor stays, so that no due time is lost to a new description."""
    old = make(store)
    clock.advance(timedelta(hours=2))

    new = change_job(store, "mine", {"description": "x", "pause_after": 3}, by=ME)

    assert (2, "x", 3, old.cursor) == (
        new.version, new.description, new.pause_after, new.cursor
    )  # fmt: skip
    entry = audited(store)[0]
    assert ("job.update", {"description": "", "pause_after": None}) == (
        entry.action, entry.before
    )  # fmt: skip
    assert {"description": "x", "pause_after": 3} == entry.after


def test_a_new_schedule_looks_ahead(store: SqlStore, clock: FakeClock) -> None:
    """What was due and not yet planned is in the ledger as missed."""
    make(store)
    clock.advance(timedelta(hours=2))

    new = change_job(store, "mine", {"schedule": "30 * * * *"}, by=ME)

    assert (clock.now(), datetime(2026, 3, 1, 14, 30, tzinfo=UTC)) == (
        new.cursor, new.next_due_at
    )  # fmt: skip
    found = entries.runs_of(store, "mine")
    assert [
        (datetime(2026, 3, 1, hour, tzinfo=UTC), State.MISSED, "edited", ME)
        for hour in (13, 14)
    ] == [(run.scheduled_for, run.state, run.reason, run.entered_by) for run in found]


def test_what_fires_too_often_cannot_be_changed_into(store: SqlStore) -> None:
    """But what is so already may be changed otherwise."""
    make(store)
    often = timedelta(hours=2)

    with pytest.raises(ScheduleError):
        change_job(store, "mine", {"schedule": "every 30m"}, by=ME, shortest=often)
    changed = change_job(store, "mine", {"category": "x"}, by=ME, shortest=often)
    assert "x" == changed.category


def test_a_change_that_changes_nothing_is_none(store: SqlStore) -> None:
    """No version, no line in the audit trail."""
    make(store)

    again = change_job(store, "mine", HOURLY | {"schedule": " 0 * * * * "}, by=ME)

    assert (1, 1) == (again.version, len(audited(store)))


def test_a_definition_is_replaced_as_a_whole(store: SqlStore) -> None:
    """What is left out takes its default."""
    make(store, pause_after=3, description="x")

    new = replace_job(store, "mine", HOURLY | {"timezone": "Asia/Tokyo"}, by=ME)

    assert ("Asia/Tokyo", None, "", 2) == (
        new.zone, new.pause_after, new.description, new.version
    )  # fmt: skip
    assert "job.replace" == audited(store)[0].action


def test_an_old_version_is_refused(store: SqlStore) -> None:
    """Whoever was slower sees what the other did before trying again."""
    make(store)
    change_job(store, "mine", {"category": "x"}, by=ME, version=1)

    for edit in (
        lambda: change_job(store, "mine", {"category": "y"}, by=ME, version=1),
        lambda: replace_job(store, "mine", HOURLY, by=ME, version=1),
        lambda: delete_job(store, "mine", by=ME, version=1),
    ):
        with pytest.raises(StaleError, match="version 2"):
            edit()
    assert "x" == read_job(store, "mine").category


def test_a_code_job_keeps_what_people_changed(store: SqlStore) -> None:
    """It is told with what code says; what is set back is left to code again."""
    change_job(
        store, "health-check", {"time_limit_s": 30, "schedule": "*/2 * * * *"}, by=ME
    )
    job = toggle_job(store, "health-check", enabled=False, by=ME)
    expected = {"schedule": "*/5 * * * *", "time_limit_s": 60, "enabled": True}
    assert expected == describe_job(job)["overrides"]

    change_job(store, "health-check", {"time_limit_s": 60}, by=ME)
    job = toggle_job(store, "health-check", enabled=True, by=ME)

    assert {"schedule": "*/5 * * * *"} == describe_job(job)["overrides"]


def test_a_reset_undoes_every_change(store: SqlStore) -> None:
    """Doing it twice is harmless."""
    change_job(store, "health-check", {"schedule": "*/2 * * * *"}, by=ME)
    toggle_job(store, "health-check", enabled=False, by=ME)

    found = [reset_job(store, "health-check", by=ME) for _ in range(2)]

    assert [("*/5 * * * *", True, (), 4)] * 2 == [
        (job.schedule, job.enabled, job.overrides, job.version) for job in found
    ]
    assert ["job.reset", "job.toggle", "job.update"] == [
        entry.action for entry in audited(store, "health-check")
    ]


def test_a_persons_job_cannot_be_reset(store: SqlStore) -> None:
    """There is nothing to go back to."""
    make(store)

    with pytest.raises(ConflictError, match="does not come from code"):
        reset_job(store, "mine", by=ME)


def test_the_kind_of_a_code_job_stays(store: SqlStore) -> None:
    """It would be another job under its name."""
    with pytest.raises(InvalidError) as refusal:
        change_job(store, "health-check", {"kind": "cleanup"}, by=ME)
    assert "kind" == refusal.value.field


def test_a_deleted_job_takes_its_unfinished_runs_along(
    store: SqlStore, clock: FakeClock
) -> None:
    """Of the schedule and of backfills; those that ended stay readable."""
    dispatcher = RecordingDispatcher()
    make(store, overlap="allow")
    day = datetime(2026, 2, 28, tzinfo=UTC).date()
    start_backfill(
        store, dispatcher, "mine", first=day, last=day, at=clock.now(), by=ME
    )
    entries.end(store, 0, State.SUCCEEDED, of="mine")
    clock.advance(timedelta(hours=1))
    tick(store, dispatcher)

    delete_job(store, "mine", by=ME)

    found = entries.runs_of(store, "mine")
    assert {State.CANCELLED: 25, State.SUCCEEDED: 1} == {
        state: sum(run.state is state for run in found)
        for state in {run.state for run in found}
    }
    assert "job.delete" == audited(store)[0].action
    for gone in (
        lambda: read_job(store, "mine"),
        lambda: delete_job(store, "mine", by=ME),
    ):
        with pytest.raises(NotFoundError):
            gone()
    assert 1 == make(store).version


def test_a_code_job_cannot_be_deleted(store: SqlStore) -> None:
    """The next start would bring it back; it can be switched off."""
    with pytest.raises(ConflictError, match="airq jobs toggle health-check --off"):
        delete_job(store, "health-check", by=ME)


def test_a_job_that_another_runs_again_cannot_be_deleted(store: SqlStore) -> None:
    """The other one goes first."""
    make(store)
    again: dict[str, Any] = {"kind": "backfill", "params": {"job": "mine", "days": 7}}
    make(store, "again", **again)

    with pytest.raises(ConflictError, match="again"):
        delete_job(store, "mine", by=ME)
    delete_job(store, "again", by=ME)
    delete_job(store, "mine", by=ME)


@pytest.mark.parametrize("edit", [change_job, replace_job])
def test_an_unknown_job_cannot_be_changed(store: SqlStore, edit: Any) -> None:
    """Nor is it made by that."""
    with pytest.raises(NotFoundError):
        edit(store, "nope", HOURLY, by=ME)
