"""The pages of queues, breakers and alerts: what is not well, and what helps."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.bottleneck import BottleneckKind
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.recommendation import Action, Recommendation, Request
from airq_cron.domain.severity import Severity
from airq_cron.ports import Batch
from airq_cron.services.manage_jobs import read_job
from airq_cron.services.read_alerts import read_alert
from airq_cron.services.recommend import Advice, Adviser
from airq_cron.system import System
from airq_cron.testing import MemoryCounters
from api.dashboard.words import UNKNOWN
from tests.unit.api.caller import Caller
from tests.unit.api.dashboard.pages import HOSTILE, PERSON, buttons, check, see
from tests.unit.api.test_status import bring_up

QUEUE = "/queues/monitoring"
BREAKER = "/breakers/open-meteo"
KINDS = (BottleneckKind.HIGH_FAILURE_RATE,)
PAUSE = Recommendation(
    Action.PAUSE_JOB,
    Severity.HIGH,
    KINDS,
    "Pause health-check until its error is understood",
    {},
    HOSTILE,
    Request("POST", "/cron/jobs/health-check/pause", {"note": HOSTILE}),
    "airq runs show x",
)
LIMIT = replace(
    PAUSE,
    action=Action.LIMIT_TIME,
    title="End runs of health-check after 20 s",
    request=Request("PATCH", "/cron/jobs/health-check", {"time_limit_s": 20}),
)
LEAVE = replace(
    PAUSE,
    action=Action.OPEN_BREAKER,
    title="Leave open-meteo alone",
    request=Request(
        "POST", "/cron/breakers/open-meteo/open", {"reason": "slow", "minutes": 10}
    ),
)
LOOK = replace(PAUSE, action=Action.LOOK, title="See what holds it up", request=None)


@pytest.fixture
def advised(system: System) -> System:
    """Give a system in which something would help."""
    real = system.adviser

    class Here(Adviser):
        """Somebody who always has the same advice."""

        def advise(self, name: str) -> Advice:
            """Return it."""
            found = real.advise(name)
            return replace(found, items=(PAUSE, LIMIT, LEAVE, LOOK))

    vars(system)["adviser"] = Here(real.desk, real.provider)
    return system


@pytest.fixture
def alert(system: System) -> Flip:
    """Give an open alert whose message people could have written."""
    now = system.clock.now()
    flip = Flip(
        FlipKind.STALE_DATA,
        "key",
        "condition",
        "location:paris",
        HOSTILE,
        now - timedelta(hours=3),
        raised_at=now,
        severity=Severity.HIGH,
    )
    system.store.write(lambda unit: unit.flips.put(flip))
    return flip


def test_queues_are_shown_with_their_score(viewer: Caller, system: System):
    """Unknown before anything was counted, never bad and never good."""
    unknown = see(viewer, "/queues")
    bring_up(system)
    names = [one["data-queue"] for one in see(viewer, "/queues").all("tr")[1:]]

    assert UNKNOWN in unknown.text
    assert 5 == len(names)


def test_a_score_is_told_term_by_term(viewer: Caller, system: System):
    """With weight, samples and confidence."""
    counters, batch = MemoryCounters(), Batch()
    batch.of("monitoring", system.clock.now()).counts.update(succeeded=38, failed=2)
    counters.flush(batch)
    bring_up(system)
    vars(system)["counters"] = counters
    page = see(viewer, QUEUE)

    for text in (
        "Failed runs",
        "Messages that wait",
        "of 0.30",
        "5 %",
        "Nothing needs to",
    ):
        assert text in page.text


@pytest.mark.parametrize("window", ["1h", "6h", "24h", "7d"])
def test_trends_are_charts(viewer: Caller, system: System, window: str):
    """Four of them, at their own addresses."""
    bring_up(system)
    page = see(viewer, f"{QUEUE}?window={window}")
    charts = [
        str(one["src"]) for one in page.all("img") if "trend.svg" in str(one["src"])
    ]

    assert 4 == len(charts)
    for chart in charts:
        assert f"window={window}" in chart
        assert "image/svg+xml" == viewer.get(chart).mimetype


def test_an_unknown_queue_is_a_page_of_its_own(viewer: Caller):
    """404, with those there are."""
    assert "data-fetch" in see(viewer, "/queues/nobody", 404).text


def test_what_is_recommended_is_done_by_a_button(operator: Caller, advised: System):
    """One that an operator may press, and text stays text."""
    page = see(operator, QUEUE)
    form = {"title": PAUSE.title}
    answer = operator.post(f"{QUEUE}/follow", data=form)

    assert [f"{QUEUE}/follow"] * 2 == buttons(page)
    assert [] == page.all("img", src="x")
    assert f"{QUEUE}?done=followed" == answer.location
    assert HOSTILE == read_job(advised.store, "health-check").note


def test_changes_of_a_definition_are_for_admins(
    operator: Caller, admin: Caller, advised: System
):
    """The operator sees the line for a shell, and is refused."""
    form = {"title": LIMIT.title}
    check(operator.post(f"{QUEUE}/follow", data=form, headers=PERSON), 403)
    assert 60 == read_job(advised.store, "health-check").time_limit_s
    assert [f"{QUEUE}/follow"] * 3 == buttons(see(admin, QUEUE))
    assert 303 == admin.post(f"{QUEUE}/follow", data=form).status_code
    assert 20 == read_job(advised.store, "health-check").time_limit_s


def test_a_breaker_is_opened_as_recommended(operator: Caller, advised: System):
    """For as long as was said."""
    operator.post(f"{QUEUE}/follow", data={"title": LEAVE.title})

    hold = advised.breaker_desk.line("open-meteo").hold
    assert hold is not None
    assert ("slow", timedelta(minutes=10)) == (
        hold.reason,
        (hold.expires_at or hold.opened_at) - hold.opened_at,
    )


@pytest.mark.parametrize("title", ["Nothing of the kind", LOOK.title])
def test_only_what_is_recommended_is_done(
    operator: Caller, advised: System, title: str
):
    """What was recommended earlier, or has no request, is 409."""
    answer = operator.post(f"{QUEUE}/follow", data={"title": title}, headers=PERSON)

    check(answer, 409)
    assert read_job(advised.store, "health-check").enabled


def test_a_breaker_is_opened_and_closed(operator: Caller, system: System):
    """With a reason that everybody reads as text, and a history."""
    form = {"reason": HOSTILE, "minutes": "30"}
    opened = operator.post(f"{BREAKER}/open", data=form)
    page = see(operator, opened.location)

    assert "OPEN" == page.by_id("breaker-open-meteo")["data-state"]
    assert HOSTILE in page.text
    assert [] == page.all("img", src="x")
    closed = operator.post(f"{BREAKER}/reset", data={"x": ""})
    assert "/breakers?done=reset" == closed.location
    assert system.breaker_desk.line("open-meteo").hold is None


def test_a_breaker_is_not_opened_without_a_reason(operator: Caller):
    """422 at the field, which stays open."""
    answer = operator.post(f"{BREAKER}/open", data={"minutes": "5"}, headers=PERSON)
    page = check(answer, 422)

    assert "true" == page.by_id("open-open-meteo-reason")["aria-invalid"]
    assert "open" in page.by_id("open-open-meteo")


def test_a_closed_breaker_is_not_reset(operator: Caller):
    """409 on the page."""
    answer = operator.post(f"{BREAKER}/reset", data={"x": ""}, headers=PERSON)

    assert "is closed" in check(answer, 409).text


def test_alerts_are_listed_and_filtered(viewer: Caller, alert: Flip):
    """As text; a filter that fits nothing says so."""
    page = see(viewer, "/alerts")

    assert HOSTILE in page.text
    assert [] == page.all("img", src="x")
    assert HOSTILE in see(viewer, "/alerts?state=open&kind=stale_data").text
    assert "No alert fits." in see(viewer, "/alerts?state=cleared").text
    see(viewer, "/alerts?kind=nothing", 422)


def test_no_alert_ever_is_said(viewer: Caller):
    """An empty list is good news."""
    assert "No alert was ever raised." in see(viewer, "/alerts").text


def test_an_alert_is_acknowledged_and_silenced(
    operator: Caller, system: System, alert: Flip
):
    """Both by a form in its row."""
    path = f"/alerts/{alert.id}"
    operator.post(f"{path}/acknowledge", data={"note": HOSTILE, "next": "/alerts"})
    operator.post(f"{path}/silence", data={"minutes": "60"})
    page, now = see(operator, "/alerts"), read_alert(system.store, alert.id)

    assert ("token:operator", HOSTILE) == (now.acknowledged_by, now.acknowledged_note)
    assert now.silenced_until == system.clock.now() + timedelta(hours=1)
    assert 2 == page.text.count(HOSTILE)
    assert [] == page.all("img", src="x")


def test_a_silence_needs_a_length(operator: Caller, alert: Flip):
    """422, and the list is shown."""
    answer = operator.post(
        f"/alerts/{alert.id}/silence", data={"note": "x"}, headers=PERSON
    )

    check(answer, 422)


def test_a_viewer_only_looks(viewer: Caller, advised: System, alert: Flip):
    """No buttons on any of these pages, and the server refuses."""
    for path in ("/queues", QUEUE, "/breakers", "/alerts"):
        assert [] == buttons(see(viewer, path)), path
    for path in (
        f"{QUEUE}/follow",
        f"{BREAKER}/open",
        f"{BREAKER}/reset",
        f"/alerts/{alert.id}/acknowledge",
        f"/alerts/{alert.id}/silence",
    ):
        form = {"title": PAUSE.title, "reason": "x", "minutes": "5"}
        check(viewer.post(path, data=form, headers=PERSON), 403)
    assert read_job(advised.store, "health-check").enabled
