"""The pages of jobs: looked at by everybody, changed by those who may."""

import json
from typing import Any

import pytest

from airq_cron.domain.run import State
from airq_cron.ports import Unit
from airq_cron.services.manage_jobs import change_job, read_job
from airq_cron.services.pause import pause_job
from airq_cron.services.read_runs import read_run
from airq_cron.system import System
from tests import entries
from tests.unit.api.caller import Caller
from tests.unit.api.dashboard.pages import HOSTILE, PERSON, buttons, check, filled, see

JOB = "/jobs/weekly-cleanup"


def add_jobs(system: System, count: int) -> None:
    """Add so many jobs of people."""

    def work(unit: Unit) -> None:
        for number in range(count):
            unit.jobs.add(entries.job(f"a-{number:03}"))

    system.store.write(work)


def edit(admin: Caller, **form: str) -> Any:
    """Send the form for changing as its page filled it in, with some changes."""
    before = filled(see(admin, f"{JOB}/edit"), "edit-form")
    return admin.post(f"{JOB}/edit", data=before | form, headers=PERSON)


def test_jobs_are_listed_by_name(viewer: Caller):
    """With schedule, zone and what they are for."""
    page = see(viewer, "/jobs")
    names = [one["data-job"] for one in page.all("tr") if "data-job" in one]

    assert sorted(str(name) for name in names) == names
    for text in ("fetch-paris-data", "* * * * *", "Europe/Paris", "Remove what is old"):
        assert text in page.text


def test_many_jobs_come_in_pages(viewer: Caller, system: System):
    """The link to the next one leads on."""
    add_jobs(system, 60)
    first = see(viewer, "/jobs")
    (more,) = first.all("a", rel="next")
    rest = see(viewer, f"/jobs{more['href']}")

    assert 50 == len([one for one in first.all("tr") if "data-job" in one])
    assert 16 == len([one for one in rest.all("tr") if "data-job" in one])


def test_jobs_are_found_by_letters_of_their_name(viewer: Caller):
    """And nothing found is said."""
    page = see(viewer, "/jobs?q=clean")
    names = [one["data-job"] for one in page.all("tr") if "data-job" in one]

    assert ["weekly-cleanup"] == names
    assert "There is no job of this name." in see(viewer, "/jobs?q=nobody").text


def test_no_jobs_at_all_is_said(viewer: Caller, system: System):
    """With what to do."""

    def work(unit: Unit) -> None:
        for job in unit.jobs.all():
            unit.jobs.remove(job.name)

    system.store.write(work)

    assert "airq jobs create" in see(viewer, "/jobs").text


def test_a_job_is_switched_off_and_on(operator: Caller, system: System):
    """From the list, to which one comes back."""
    form = {"enabled": "false", "next": "/jobs?q=weekly"}
    answer = operator.post(f"{JOB}/toggle", data=form)

    assert (303, "/jobs?q=weekly&done=off") == (answer.status_code, answer.location)
    assert not read_job(system.store, "weekly-cleanup").enabled
    assert "It is switched off." in see(operator, answer.location).text
    assert 303 == operator.post(f"{JOB}/toggle", data={"enabled": "true"}).status_code
    assert read_job(system.store, "weekly-cleanup").enabled


def test_a_switch_says_which_way(operator: Caller):
    """Anything else is refused, and the list is shown."""
    answer = operator.post(f"{JOB}/toggle", data={"enabled": "x"}, headers=PERSON)

    check(answer, 422)


def test_the_page_of_a_job(viewer: Caller, system: System):
    """What it is, when it fires next, and its charts once it has run."""
    empty = see(viewer, JOB)
    entries.end(system.store, 1, State.FAILED, of="weekly-cleanup")
    page = see(viewer, JOB)

    assert "It has not run yet." in empty.text
    assert [] == [one for one in empty.all("img") if "/jobs/" in str(one["src"])]
    assert "2026-03-08 02:00:00+00:00" in page.text
    charts = [str(one["src"]) for one in page.all("img") if "/jobs/" in str(one["src"])]
    assert 2 == len(charts)
    for chart in charts:
        assert "image/svg+xml" == viewer.get(chart).mimetype
        assert 200 == viewer.get(chart.replace("light", "dark")).status_code


@pytest.mark.parametrize("value", [HOSTILE, '" onfocus="alert(1)" x="'])
def test_parameters_are_text_wherever_they_stand(
    admin: Caller, system: System, value: str
):
    """In the definition, and in attributes of the forms."""
    changed = {"params": {"channel": value}}
    change_job(system.store, "notify", changed, by="cli:me")
    for path in ("/jobs/notify", "/jobs/notify/edit"):
        page = see(admin, path)
        assert [] == page.all("img", src="x")
        shown = [
            page.by_id(f"{form}-params")
            for form in ("run", "edit")
            if any(one.get("id") == f"{form}-params" for _, one in page.elements)
        ]
        held = [one.get("placeholder") or one.get("value") for one in shown]
        assert [json.dumps({"channel": value})] == held


def test_a_job_that_never_fires_says_so(viewer: Caller):
    """Instead of an empty table."""
    assert "It does not fire by itself." in see(viewer, "/jobs/notify").text


def test_an_unknown_job_is_a_page_of_its_own(viewer: Caller):
    """404, in words; programs get a problem."""
    assert "Unknown job: nobody" in see(viewer, "/jobs/nobody", 404).text
    assert "application/problem+json" == viewer.get("/jobs/nobody").mimetype


def test_a_run_is_started_by_hand(operator: Caller):
    """And shown."""
    answer = operator.post(f"{JOB}/run", data={"overlap": ""})

    assert 303 == answer.status_code
    assert "/runs/" in answer.location
    page = see(operator, answer.location)
    assert "The run is started." in page.text
    assert "asked for by hand" in page.text


def test_a_run_takes_parameters_of_its_own(operator: Caller, system: System):
    """Beside those of the job, which stay as they are."""
    path = "/jobs/fetch-paris-data/run"
    answer = operator.post(path, data={"params": '{"location": "rome"}'})
    run_id = answer.location.split("/")[2].partition("?")[0]

    assert {"location": "rome"} == read_run(system.store, run_id).params
    job = read_job(system.store, "fetch-paris-data")
    assert {"location": "paris"} == job.params


@pytest.mark.parametrize("text", ["{", "[]", '{"colour": "red"}', HOSTILE])
def test_parameters_that_cannot_be_are_refused(operator: Caller, text: str):
    """422 at the field; what was typed stays."""
    path = "/jobs/fetch-paris-data/run"
    page = check(operator.post(path, data={"params": text}, headers=PERSON), 422)
    field = page.by_id("run-params")

    assert ("true", text) == (field["aria-invalid"], field["value"])
    assert [] == page.all("img", src="x")


def test_an_unfinished_run_stands_in_the_way(operator: Caller):
    """409 on the page, unless another policy is chosen."""
    operator.post(f"{JOB}/run", data={"overlap": ""})
    again = operator.post(f"{JOB}/run", data={"overlap": ""}, headers=PERSON)

    assert "has an unfinished run" in check(again, 409).text
    forced = operator.post(f"{JOB}/run", data={"overlap": "allow"})
    assert 303 == forced.status_code


def test_a_job_is_paused_with_a_note(operator: Caller, system: System):
    """The note stands on its page, as text."""
    answer = operator.post(f"{JOB}/pause", data={"note": HOSTILE})

    assert f"{JOB}?done=paused" == answer.location
    page = see(operator, JOB)
    assert HOSTILE in page.text
    assert [] == page.all("img", src="x")
    assert not read_job(system.store, "weekly-cleanup").enabled


def test_a_note_that_is_too_long_is_told_at_its_field(operator: Caller):
    """What was typed stays."""
    answer = operator.post(f"{JOB}/pause", data={"note": "x" * 501}, headers=PERSON)
    field = check(answer, 422).by_id("pause-note")

    assert ("true", "x" * 501) == (field["aria-invalid"], field["value"])


def test_why_is_answered_on_the_page(viewer: Caller, system: System):
    """For `last`, and for an instant at which nothing ran."""
    entries.end(system.store, 1, State.FAILED, of="health-check")
    page = see(viewer, "/jobs/health-check/why?at=2026-03-01T00:01:00Z")
    between = see(viewer, "/jobs/health-check/why?at=2026-03-01T00:02:00Z")

    assert "failed" == page.by_id("verdict")["data-reason"]
    assert "not_a_fire_time" == between.by_id("verdict")["data-reason"]


@pytest.mark.parametrize("at", ["", "yesterday", HOSTILE])
def test_a_moment_that_is_none_is_told(viewer: Caller, at: str):
    """With 422, and what was typed."""
    page = see(viewer, "/jobs/health-check/why", 422, query_string={"at": at})

    assert ("true", at) == (
        page.by_id("why-at")["aria-invalid"],
        page.by_id("why-at")["value"],
    )
    assert [] == page.all("img", src="x")


def test_a_change_is_shown_before_it_is_kept(admin: Caller, system: System):
    """Which fire times come and go; nothing is changed by looking."""
    page = check(edit(admin, schedule="0 3 * * 0", do="preview"))
    marks = [one["data-novelty"] for one in page.all("tr") if "data-novelty" in one]

    assert ["removed", "added"] == marks
    assert "0 2 * * 0" == read_job(system.store, "weekly-cleanup").schedule


def test_a_change_is_kept(admin: Caller, system: System):
    """And one comes to the job."""
    answer = edit(
        admin, **{"schedule": "0 3 * * 0", "pause_after": "4", "retry.attempts": "7"}
    )
    job = read_job(system.store, "weekly-cleanup")

    assert f"{JOB}?done=saved" == answer.location
    assert ("0 3 * * 0", 4, 7) == (job.schedule, job.pause_after, job.retry.attempts)
    assert "schedule" in see(admin, JOB).text


def test_saving_without_a_change_changes_nothing(admin: Caller, system: System):
    """The form is filled in with what there is."""
    before = read_job(system.store, "weekly-cleanup")

    assert 303 == edit(admin).status_code
    assert before == read_job(system.store, "weekly-cleanup")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schedule", "61 * * * *"),
        ("schedule", HOSTILE),
        ("timezone", "Mars/Olympus"),
        ("time_limit_s", "x"),
        ("pause_after", "0"),
        ("params", "{"),
        ("retry.attempts", "1000"),
        ("retry.delay_s", "soon"),
        ("retry.delay_s", "NaN"),
        ("jitter_s", "-1"),
    ],
)
def test_what_cannot_be_accepted_is_told_at_its_field(
    admin: Caller, field: str, value: str
):
    """422, and what was typed stays."""
    page = check(edit(admin, **{field: value}), 422)
    shown = page.by_id(f"edit-{field.replace('.', '-')}")

    assert ("true", value) == (shown["aria-invalid"], shown["value"])
    assert [] == page.all("img", src="x")


def test_a_change_against_an_old_version_is_refused(admin: Caller, system: System):
    """Somebody else was faster: 409, and nothing is kept."""
    pause_job(system.store, "weekly-cleanup", note="", by="cli:me")
    answer = edit(admin, version="1", schedule="0 3 * * 0")

    assert "was changed in the meantime" in check(answer, 409).text
    assert "0 2 * * 0" == read_job(system.store, "weekly-cleanup").schedule


def test_buttons_are_for_those_who_may(viewer: Caller, operator: Caller, admin: Caller):
    """A viewer has none; an operator cannot change a definition."""
    for path in ("/jobs", JOB):
        assert [] == buttons(see(viewer, path))
        assert [] != buttons(see(operator, path))
    assert [] == see(operator, JOB).all("a", href=f"{JOB}/edit")
    assert [] != see(admin, JOB).all("a", href=f"{JOB}/edit")


@pytest.mark.parametrize("deed", ["toggle", "run", "pause", "edit"])
def test_a_viewer_is_refused_by_the_server(viewer: Caller, system: System, deed: str):
    """403 on a page, and nothing is done."""
    form = {"enabled": "false", "note": "x"}
    answer = viewer.post(f"{JOB}/{deed}", data=form, headers=PERSON)

    check(answer, 403)
    assert read_job(system.store, "weekly-cleanup").enabled


def test_a_form_is_a_form(operator: Caller):
    """JSON is for the API."""
    answer = operator.post(f"{JOB}/toggle", json={"enabled": False})

    assert 415 == answer.status_code
