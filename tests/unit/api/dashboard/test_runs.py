"""The pages of runs and dead letters: what became of what was due, and why."""

from typing import Any

import pytest

from airq_cron.domain.run import State
from airq_cron.services.read_runs import read_run
from airq_cron.system import System
from tests import entries
from tests.unit.api.caller import Caller
from tests.unit.api.dashboard.pages import HOSTILE, PERSON, buttons, check, see


def shown(page: Any) -> list[str]:
    """Return the ids of the runs that a page lists."""
    return [str(one["data-run"]) for one in page.all("tr") if "data-run" in one]


def fail(system: System, minute: int = 0, **more: Any) -> str:
    """Enter a run that failed, and return its id."""
    claimed = entries.begin(system.store, minute, of="health-check")
    entries.finish(system.store, claimed, State.FAILED, **{"error": "boom"} | more)
    return claimed.run_id


@pytest.mark.parametrize("path", ["/runs", "/dead-letters"])
def test_nothing_at_all_is_said(viewer: Caller, path: str):
    """An empty list says what that means, and a filter that fits nothing too."""
    assert "othing" in see(viewer, path).text
    assert "fits." in see(viewer, f"{path}?job=nobody").text


def test_runs_are_listed_and_filtered(viewer: Caller, system: System):
    """Newest fire time first; a filter stays filled in."""
    bad = fail(system, 1)
    good = entries.end(system.store, 2, State.SUCCEEDED, of="health-check").run_id
    page = see(viewer, "/runs?job=&state=failed&queue=&since=&until=")

    assert [good, bad] == shown(see(viewer, "/runs"))
    assert [bad] == shown(page)
    assert [{"value": "failed", "selected": None}] == [
        one for one in page.all("option") if one["value"] == "failed"
    ]


def test_many_runs_come_in_pages(viewer: Caller, system: System):
    """Each once."""
    entries.enter(system.store, *(entries.run(minute) for minute in range(70)))
    first = see(viewer, "/runs?job=a-job")
    (more,) = first.all("a", rel="next")
    rest = see(viewer, f"/runs{more['href']}")

    assert 70 == len({*shown(first), *shown(rest)})
    assert "Back to the newest" in rest.text


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/runs?since=yesterday", "since"),
        ("/runs?state=lost", "state"),
        ("/runs?job=" + "x" * 101, "job"),
        ("/dead-letters?job=" + "x" * 101, "job"),
    ],
)
def test_a_filter_that_is_wrong_is_told_at_its_field(
    viewer: Caller, path: str, field: str
):
    """422."""
    assert "true" == see(viewer, path, 422).by_id(f"filter-{field}")["aria-invalid"]


def test_a_run_tells_its_story(viewer: Caller, system: System):
    """Why in one sentence, then what happened in order."""
    page = see(viewer, f"/runs/{fail(system)}")
    events = [one["data-event"] for one in page.all("li") if "data-event" in one]

    assert {"due", "inserted", "claimed", "attempt_ended", "failed"} <= set(events)
    assert "failed" == page.by_id("run")["data-state"]
    assert "failed: boom" in page.text


def test_what_a_run_holds_is_text(viewer: Caller, system: System):
    """Errors, reasons and results run nothing, in lists and on the page."""
    run_id = fail(system, error=HOSTILE, result={"said": HOSTILE})
    for path in (f"/runs/{run_id}", "/runs", "/dead-letters", "/jobs/health-check"):
        page = see(viewer, path)
        assert HOSTILE in page.text, path
        assert [] == page.all("img", src="x"), path


def test_a_run_with_parts_shows_them(viewer: Caller, system: System):
    """With how many are left; a part leads to its run."""
    claimed = entries.begin(system.store, of="health-check")
    parts = system.store.write(lambda unit: unit.runs.split(claimed, [{}, {}]))
    page = see(viewer, f"/runs/{claimed.run_id}")

    assert set(parts) == set(shown(page))
    assert "2 parts: 2 left, 0 without success" in page.text
    part = see(viewer, f"/runs/{parts[0]}")
    assert part.all("a", href=f"/runs/{claimed.run_id}")


def test_an_unknown_run_is_a_page_of_its_own(viewer: Caller):
    """404."""
    see(viewer, "/runs/2f1f3c1e-8d0b-5a53-9d8c-5f0e3f0c7a11", 404)


def test_a_failed_run_is_tried_again(operator: Caller, system: System):
    """By its button; then it is unfinished, and may be cancelled."""
    run_id = fail(system)
    assert {f"/runs/{run_id}/retry", f"/runs/{run_id}/discard"} == set(
        buttons(see(operator, f"/runs/{run_id}"))
    )
    answer = operator.post(f"/runs/{run_id}/retry", data={"next": "/dead-letters"})

    assert "/dead-letters?done=retried" == answer.location
    assert [f"/runs/{run_id}/cancel"] == buttons(see(operator, f"/runs/{run_id}"))
    operator.post(f"/runs/{run_id}/cancel", data={"reason": HOSTILE})
    assert "cancelled" == read_run(system.store, run_id).state
    assert [] == see(operator, f"/runs/{run_id}").all("img", src="x")


def test_a_dead_letter_is_discarded_once(operator: Caller, system: System):
    """The second time says why not."""
    run_id = fail(system)
    form = {"reason": "known"}
    first = operator.post(f"/runs/{run_id}/discard", data=form)
    again = operator.post(f"/runs/{run_id}/retry", data=form)

    assert f"/runs/{run_id}?done=discarded" == first.location
    assert [] == shown(see(operator, "/dead-letters"))
    assert 303 == again.status_code


def test_what_has_ended_is_not_cancelled(operator: Caller, system: System):
    """409 on its page."""
    claimed = entries.end(system.store, 1, State.SUCCEEDED, of="health-check")
    path = f"/runs/{claimed.run_id}/cancel"
    answer = operator.post(path, data={"reason": "x"}, headers=PERSON)

    assert check(answer, 409).all("p", role="alert")


@pytest.mark.parametrize(("deed", "left"), [("retry", 0), ("discard", 0)])
def test_many_dead_letters_at_once(
    operator: Caller, system: System, deed: str, left: int
):
    """All of a job, by one button."""
    for minute in range(3):
        fail(system, minute)
    page = see(operator, "/dead-letters")
    assert 3 == len(shown(page))
    assert "/dead-letters/retry" in buttons(page)
    answer = operator.post(f"/dead-letters/{deed}", data={"job": "health-check"})

    assert answer.location.startswith("/dead-letters?done=all-")
    assert left == len(shown(see(operator, "/dead-letters")))


def test_many_of_no_job_are_refused(operator: Caller):
    """A job must be named."""
    answer = operator.post("/dead-letters/retry", data={"job": ""}, headers=PERSON)

    check(answer, 422)


def test_a_viewer_only_looks(viewer: Caller, system: System):
    """No buttons, and the server refuses what is sent all the same."""
    run_id = fail(system)
    for path in ("/runs", f"/runs/{run_id}", "/dead-letters"):
        assert [] == buttons(see(viewer, path)), path
    for deed in (
        f"runs/{run_id}/retry",
        f"runs/{run_id}/discard",
        "dead-letters/retry",
    ):
        answer = viewer.post(f"/{deed}", data={"job": "x"}, headers=PERSON)
        check(answer, 403)
    assert "failed" == read_run(system.store, run_id).state
