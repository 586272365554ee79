"""The first page says whether all is well, and what that rests on."""

from datetime import timedelta
from decimal import Decimal

import pytest

from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.job import Job, Queue
from airq_cron.domain.measurement import Location
from airq_cron.domain.run import State
from airq_cron.ports import Unit
from airq_cron.system import System
from airq_cron.testing import FakeClock
from tests import entries
from tests.unit.api.caller import Caller
from tests.unit.api.dashboard.pages import HOSTILE, PERSON, buttons, check, see
from tests.unit.api.test_status import bring_up, bring_up_processes


def test_programs_are_told_where_things_are(viewer: Caller):
    """Without `text/html` the root stays what it was."""
    answer = viewer.get("/")

    assert ("airq-cron", "/cron/runs") == (
        answer.json["name"],
        answer.json["links"]["runs"],
    )


def test_all_is_well_in_one_sentence(viewer: Caller, system: System):
    """With the places, jobs, queues, breakers and processes it rests on."""
    bring_up(system)
    page = see(viewer, "/")

    assert "ok" == page.by_id("state")["data-state"]
    for text in ("All is well.", "Paris", "fetch-paris-data", "data-fetch", "closed"):
        assert text in page.text
    assert "No alert is open." in page.text


def test_what_is_not_well_is_the_first_thing_said(
    viewer: Caller, system: System, clock: FakeClock
):
    """The first reason in the sentence, all of them below it."""
    bring_up(system)
    clock.advance(timedelta(hours=4))
    bring_up_processes(system)
    page = see(viewer, "/")

    assert "degraded" == page.by_id("state")["data-state"]
    assert "Not all is well: " in page.text
    assert "Paris has no data since" in page.text


def test_nothing_runs_without_workers(viewer: Caller):
    """A new installation whose processes are not started."""
    page = see(viewer, "/")

    assert "down" == page.by_id("state")["data-state"]
    assert "Nothing is being done: " in page.text
    assert "airq up" in page.text


def test_a_strip_has_the_last_sixty_runs(viewer: Caller, system: System):
    """Counted in words for those who do not see it; the newest ends it."""
    skipped = [
        entries.run(minute, of="health-check", state=State.SKIPPED)
        for minute in range(70)
    ]
    entries.enter(system.store, *skipped)
    entries.end(system.store, 70, State.FAILED, of="health-check")
    page = see(viewer, "/")
    labels = [one["aria-label"] for one in page.all("svg") if "aria-label" in one]

    assert "The last 60 runs: 59 skipped, 1 failed" in labels
    assert "No run yet" in labels


def test_a_job_that_failed_stands_first(viewer: Caller, system: System):
    """Then the others by name."""
    entries.end(system.store, 0, State.FAILED, of="weekly-cleanup")
    names = [one["data-job"] for one in see(viewer, "/").all("tr") if "data-job" in one]

    assert ["weekly-cleanup", "daily-statistics"] == names[:2]


@pytest.mark.parametrize("count", [0, 1, 40])
def test_any_number_of_places_is_shown(viewer: Caller, system: System, count: int):
    """None says what to do; of many only the first, those without data before."""

    def work(unit: Unit) -> None:
        unit.locations.remove("paris")
        for number in range(count):
            unit.locations.add(
                Location(f"p{number:02}", f"P{number}", Decimal(1), Decimal(1), "UTC")
            )

    system.store.write(work)
    page = see(viewer, "/")
    shown = [one for one in page.all("li") if "data-place" in one]

    assert min(count, 24) == len(shown)
    assert ("airq locations add" in page.text) == (count == 0)
    assert ("All 40 places" in page.text) == (count == 40)


def test_what_people_write_is_text(viewer: Caller, system: System):
    """Names of places, messages of alerts and names of jobs run nothing."""
    now = system.clock.now()
    place = Location("evil", HOSTILE, Decimal(1), Decimal(1), "UTC")
    flip = Flip(
        FlipKind.STALE_DATA, "k", "c", "location:evil", HOSTILE, now, raised_at=now
    )
    system.store.write(lambda unit: unit.locations.add(place))
    system.store.write(lambda unit: unit.flips.put(flip))
    page = see(viewer, "/")

    assert 2 == page.text.count(HOSTILE)
    assert [] == page.all("img", src="x")


def test_nobody_sees_buttons_on_the_overview(viewer: Caller, admin: Caller):
    """It is looked at, and nothing else."""
    assert [] == buttons(see(viewer, "/")) == buttons(see(admin, "/"))


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_colours_are_chosen_without_script(viewer: Caller, theme: str):
    """A form keeps the choice in a cookie, and every page is drawn by it."""
    answer = viewer.post("/theme", data={"theme": theme, "next": "/?x=1"})

    assert (303, "/?x=1&done=theme") == (answer.status_code, answer.location)
    page = check(viewer.get(answer.location, headers=PERSON))
    assert [{"lang": "en", "data-theme": theme}] == page.all("html")
    assert "The colours are set." in page.text


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", ""])
def test_nobody_is_sent_elsewhere(viewer: Caller, to: str):
    """After a form one stays here."""
    answer = viewer.post("/theme", data={"theme": "dark", "next": to})

    assert "/?done=theme" == answer.location


def test_an_unknown_theme_is_refused(viewer: Caller):
    """And no cookie is set."""
    answer = viewer.post("/theme", data={"theme": "pink"})

    assert (422, None) == (answer.status_code, answer.headers.get("Set-Cookie"))


def test_a_queue_and_its_jobs_stand_in_the_page_once(viewer: Caller, system: System):
    """A thousand jobs make the page no longer than a few."""

    def work(unit: Unit) -> None:
        for number in range(300):
            job = Job(f"j{number:03}", "health", "0 4 * * *", "UTC", Queue.MONITORING)
            unit.jobs.add(job)

    system.store.write(work)
    answer = viewer.get("/", headers=PERSON)

    assert 25 == answer.text.count("data-job=")
    assert len(answer.data) < 60_000


def test_a_person_without_a_session_logs_in_first(stranger: Caller):
    """And comes back to where they wanted."""
    page = stranger.get("/", headers=PERSON)

    assert (401, True) == (page.status_code, 'name="token"' in page.text)
