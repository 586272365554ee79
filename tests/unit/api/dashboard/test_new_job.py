"""The page that makes a job."""

from typing import Any

import pytest

from airq_cron.domain.retry import Backoff
from airq_cron.services.manage_jobs import delete_job, list_jobs, read_job
from airq_cron.system import System
from tests.unit.api.caller import Caller
from tests.unit.api.dashboard.pages import HOSTILE, PERSON, check, filled, see, wrong

PATH = "/new-job"
NEW = {"name": "nightly", "kind": "health", "schedule": "30 1,2 * * *"}


def form(admin: Caller, **typed: str) -> dict[str, str]:
    """Return the form as its page begins it, with what somebody typed."""
    return filled(see(admin, PATH), "new-form") | NEW | typed


def send(admin: Caller, sent: dict[str, str]) -> Any:
    """Send the form."""
    return admin.post(PATH, data=sent, headers=PERSON)


def names(system: System) -> list[str]:
    """Return the names of all jobs."""
    return [job.name for job in list_jobs(system.store, limit=100, after=None).items]


def test_a_job_is_made(admin: Caller, system: System):
    """With what was typed, and defaults for the rest; one comes to its page."""
    typed = {"timezone": "Europe/Paris", "description": HOSTILE, "priority": "high"}
    retry = {"retry.attempts": "3", "retry.backoff": "fixed", "retry.delay_s": "0.5"}
    answer = send(admin, form(admin, **typed, **retry))
    job = read_job(system.store, "nightly")

    assert "/jobs/nightly?done=made" == answer.location
    assert ("health", "30 1,2 * * *", "Europe/Paris") == (
        job.kind,
        job.schedule,
        job.zone,
    )
    assert (3, Backoff.FIXED, 0.5) == (
        job.retry.attempts,
        job.retry.backoff,
        job.retry.delay_s,
    )
    assert ("high", "monitoring", "person") == (job.priority, job.queue, job.source)
    page = see(admin, answer.location)
    assert "The job is made" in page.text
    assert [] == page.all("img", src="x")


def test_fire_times_are_shown_before_there_is_a_job(admin: Caller, system: System):
    """The first ones, with the times that clocks show twice; nothing is made."""
    typed = {"timezone": "Europe/Paris", "schedule": "30 2 25 10 *", "do": "preview"}
    page = check(send(admin, form(admin, **typed)))
    never = check(send(admin, form(admin, schedule="never", do="preview")))

    assert 1 == len([one for one in page.all("tr") if "data-novelty" in one])
    assert "2026-10-25 02:30:00+02:00" in page.text
    assert "clocks show this time twice" in page.text
    assert typed["schedule"] == filled(page, "new-form")["schedule"]
    assert "It would not fire in that time." in never.text
    assert "nightly" not in names(system)


@pytest.mark.parametrize("do", ["save", "preview"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Not A Name"),
        ("name", ""),
        ("schedule", ""),
        ("schedule", "61 * * * *"),
        ("schedule", HOSTILE),
        ("timezone", "Mars/Olympus"),
        ("params", "{"),
        ("params", '{"location": "paris"}'),
        ("retry.attempts", "x"),
        ("retry.delay_s", "-1"),
        ("time_limit_s", ""),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    admin: Caller, system: System, field: str, value: str, do: str
):
    """422, what was typed stays, and a preview tells what making it would tell."""
    sent = form(admin, **{"priority": "high", "do": do, field: value})
    page = check(send(admin, sent), 422)

    assert {f"new-{field.replace('.', '-')}": value} == wrong(page)
    kept = {name: text for name, text in sent.items() if name not in ("do", "number")}
    assert kept.items() <= filled(page, "new-form").items()
    assert [] == page.all("img", src="x")
    assert "nightly" not in names(system)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"kind": "fetch", "params": '{"location": "atlantis"}'}, "params"),
        ({"kind": "backfill"}, "params"),
        ({"retry.attempts": "3"}, "retry-backoff"),
        ({"schedule": "at 2020-01-01T00:00:00Z"}, "schedule"),
    ],
)
def test_what_the_service_refuses_is_told_at_its_field_too(
    admin: Caller, typed: dict[str, str], field: str
):
    """Also what is wrong inside of the parameters."""
    page = check(send(admin, form(admin, **typed)), 422)

    assert [f"new-{field}"] == list(wrong(page))


def test_a_name_that_is_taken_is_told_at_its_field(admin: Caller):
    """409."""
    page = check(send(admin, form(admin, name="weekly-cleanup")), 409)

    assert {"new-name": "weekly-cleanup"} == wrong(page)


def test_a_form_that_is_sent_twice_makes_one_job(admin: Caller, system: System):
    """Both answers lead to it; filled in otherwise it is another one."""
    sent = form(admin)
    first, second = send(admin, sent), send(admin, sent)
    other = send(admin, sent | {"name": "weekly"})

    assert "/jobs/nightly?done=made" == first.location == second.location
    assert "/jobs/weekly?done=made" == other.location
    assert 1 == read_job(system.store, "nightly").version


def test_a_form_of_a_job_that_is_gone_can_be_sent_again(admin: Caller, system: System):
    """The page that says so begins anew."""
    sent = form(admin)
    send(admin, sent)
    delete_job(system.store, "nightly", by="cli:me")
    page = check(send(admin, sent), 409)

    assert 303 == send(admin, filled(page, "new-form")).status_code
    assert "nightly" in names(system)


def test_only_admins_make_jobs(viewer: Caller, operator: Caller, system: System):
    """Others have no link to it, and are refused."""
    for caller in (viewer, operator):
        assert [] == see(caller, "/jobs").all("a", href=PATH)
        check(caller.get(PATH, headers=PERSON), 403)
        check(send(caller, NEW), 403)
    assert "nightly" not in names(system)
