"""Jobs over HTTP: figures, switching, starting by hand."""

import json
from datetime import timedelta

import pytest

from airq_cron.domain.run import Outcome, State
from airq_cron.ports import AuditFilter
from airq_cron.services.read_audit import find_entries
from airq_cron.system import System
from airq_cron.testing import FakeClock, RecordingDispatcher
from tests.unit.api.caller import Caller

FETCH = "/cron/jobs/fetch-paris-data"
LEASE = timedelta(seconds=10)


def finish(system: System, run_id: str, clock: FakeClock) -> None:
    """Let a worker run it for two seconds."""
    claim = system.store.write(
        lambda unit: unit.runs.claim(run_id, owner="data@host:1", lease=LEASE)
    )
    assert claim is not None
    clock.advance(timedelta(seconds=2))
    system.store.write(
        lambda unit: unit.runs.finish(
            claim, State.SUCCEEDED, outcome=Outcome.SUCCEEDED
        ),
        claim=claim,
    )


def test_stats_name_the_jobs_of_the_mission(viewer: Caller):
    """Each job has its schedule, zone, queue and priority before it ever ran."""
    body = viewer.get("/cron/jobs/stats").json

    assert {
        ("fetch-paris-data", "* * * * *", "Europe/Paris", "data-fetch", "normal"),
        ("hourly-aggregations", "0 * * * *", "UTC", "analytics", "normal"),
        ("daily-statistics", "59 23 * * *", "UTC", "analytics", "high"),
        ("weekly-cleanup", "0 2 * * 0", "UTC", "maintenance", "low"),
        ("health-check", "*/5 * * * *", "UTC", "monitoring", "high"),
        ("notify", "never", "UTC", "notifications", "high"),
    } == {
        (job["name"], job["schedule"], job["timezone"], job["queue"], job["priority"])
        for job in body["jobs"]
    }
    assert "2026-03-01T12:00:30Z" == body["as_of"]


def test_a_job_that_never_ran_has_unknown_figures(viewer: Caller):
    """Unknown is null; counts of nothing are zero."""
    (job,) = (
        job
        for job in viewer.get("/cron/jobs/stats").json["jobs"]
        if job["name"] == "fetch-paris-data"
    )

    assert {
        "total": 0,
        "succeeded": 0,
        "failed": 0,
        "skipped": 0,
        "missed": 0,
        "cancelled": 0,
    } == job["runs"]
    assert job["success_rate"] is None
    assert {"avg": None, "p50": None, "p95": None} == job["duration_ms"]
    assert job["last_run"] is None
    assert job["enabled"] is True
    assert "2026-03-01T12:01:00Z" == job["next_run_at"]


def test_stats_count_what_ended(operator: Caller, system: System, clock: FakeClock):
    """After one run by hand the figures and the last run are there."""
    run = operator.post(f"{FETCH}/execute").json
    finish(system, run["id"], clock)

    (job,) = (
        job
        for job in operator.get("/cron/jobs/stats").json["jobs"]
        if job["name"] == "fetch-paris-data"
    )

    assert (1, 1, 1.0) == (
        job["runs"]["total"],
        job["runs"]["succeeded"],
        job["success_rate"],
    )
    assert {
        "id": run["id"],
        "scheduled_for": "2026-03-01T12:00:30Z",
        "state": "succeeded",
        "finished_at": "2026-03-01T12:00:32Z",
    } == job["last_run"]
    assert job["duration_ms"]["avg"] == pytest.approx(2000)


def test_a_job_is_switched_off_and_on(operator: Caller, clock: FakeClock):
    """Off it has no next fire time; on it looks ahead from now."""
    off = operator.post(f"{FETCH}/toggle", json={"enabled": False}).json
    clock.advance(timedelta(minutes=10))
    on = operator.post(f"{FETCH}/toggle", json={"enabled": True}).json

    assert (False, None) == (off["enabled"], off["next_run_at"])
    assert (True, "2026-03-01T12:11:00Z") == (on["enabled"], on["next_run_at"])


def test_switching_twice_changes_nothing_more(operator: Caller):
    """The same call again gives the same job."""
    first = operator.post(f"{FETCH}/toggle", json={"enabled": False})
    second = operator.post(f"{FETCH}/toggle", json={"enabled": False})

    assert (200, 200) == (first.status_code, second.status_code)
    assert first.json == second.json


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ('{"enabled": "yes"}', 422, "enabled"),
        ('{"enabled": 1}', 422, "enabled"),
        ('{"enabled": null}', 422, "enabled"),
        ("{}", 422, "enabled"),
        ('{"enabled": true, "extra": 1}', 422, "extra"),
        ("[]", 422, "body"),
        ("true", 422, "body"),
        ("null", 422, "body"),
        ("{", 400, None),
        ("", 400, None),
        ('{"enabled": NaN}', 400, None),
    ],
)
def test_a_bad_body_is_refused_with_its_field(
    operator: Caller, body: str, status: int, field: str | None
):
    """Broken JSON is 400, a bad field 422 with its name."""
    answer = operator.post(
        f"{FETCH}/toggle", data=body, content_type="application/json"
    )

    assert status == answer.status_code
    assert "application/problem+json" == answer.mimetype
    named = [error["field"] for error in answer.json.get("errors", [])]
    assert ([] if field is None else [field]) == named


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/xml"],
)
def test_a_body_must_be_declared_as_json(operator: Caller, content_type: str | None):
    """The content type is checked before the body is looked at."""
    answer = operator.post(f"{FETCH}/toggle", data="{", content_type=content_type)

    assert 415 == answer.status_code


@pytest.mark.parametrize(
    "name", ["no-such-job", "NO", "a..b", "%00", "x" * 200, "a%2Fb", "<script>"]
)
def test_an_unknown_job_is_not_there(operator: Caller, name: str):
    """Whatever stands for the name, the answer is 404 in the usual shape."""
    toggled = operator.post(f"/cron/jobs/{name}/toggle", json={"enabled": True})
    executed = operator.post(f"/cron/jobs/{name}/execute")

    assert (404, 404) == (toggled.status_code, executed.status_code)
    assert "urn:airq:problem:not-found" == executed.json["type"]


def test_a_wrong_method_is_answered_with_the_right_ones(operator: Caller):
    """405 lists what the address knows."""
    answer = operator.get(f"{FETCH}/toggle")

    assert 405 == answer.status_code
    assert {"POST", "OPTIONS"} == set(answer.headers["Allow"].split(", "))


def test_options_and_head_are_answered(viewer: Caller):
    """HEAD is GET without a body, OPTIONS lists the methods."""
    head = viewer.ask("HEAD", "/cron/jobs/stats")
    options = viewer.ask("OPTIONS", "/air/locations")

    assert (200, b"", "application/json") == (
        head.status_code,
        head.data,
        head.mimetype,
    )
    assert {"GET", "HEAD", "OPTIONS", "POST"} == set(options.allow)


def test_a_run_by_hand_is_entered_and_published(operator: Caller, system: System):
    """202 gives the run and where to look for it; its message is on the way."""
    answer = operator.post(f"{FETCH}/execute")
    run = answer.json

    assert 202 == answer.status_code
    assert f"/cron/runs/{run['id']}" == answer.headers["Location"]
    assert ("fetch-paris-data", "queued", "data-fetch", "2026-03-01T12:00:30Z") == (
        run["job"],
        run["state"],
        run["queue"],
        run["scheduled_for"],
    )
    assert run["origin"].startswith("manual:")
    dispatcher = system.dispatcher
    assert isinstance(dispatcher, RecordingDispatcher)
    assert [run["id"]] == dispatcher.ids
    assert run == operator.get(answer.headers["Location"]).json


def test_a_run_by_hand_survives_a_broker_that_is_away(operator: Caller, system: System):
    """The run is in the ledger, ready to be sent again; the call succeeds."""
    dispatcher = system.dispatcher
    assert isinstance(dispatcher, RecordingDispatcher)
    dispatcher.broken = True

    answer = operator.post(f"{FETCH}/execute")

    assert (202, "scheduled") == (answer.status_code, answer.json["state"])


def test_an_unfinished_run_stands_in_the_way(operator: Caller):
    """Under `skip` the second call is 409 and names the first run."""
    first = operator.post(f"{FETCH}/execute").json
    second = operator.post(f"{FETCH}/execute")

    assert 409 == second.status_code
    assert "urn:airq:problem:job-busy" == second.json["type"]
    assert first["id"] == second.json["run_id"]
    assert f"/cron/runs/{first['id']}" == second.json["instance"]


def test_under_queue_all_a_run_waits_for_its_predecessor(operator: Caller):
    """A job that queues its runs takes a second one, which waits."""
    first = operator.post("/cron/jobs/hourly-aggregations/execute").json
    second = operator.post("/cron/jobs/hourly-aggregations/execute").json

    assert ("queued", "waiting") == (first["state"], second["state"])
    assert "predecessor" == second["reason"]


@pytest.mark.parametrize(
    ("overlap", "states"),
    [
        ("allow", ("queued", "queued")),
        ("queue_all", ("queued", "waiting")),
        ("replace", ("cancelled", "queued")),
    ],
)
def test_a_call_may_name_another_policy(
    operator: Caller, overlap: str, states: tuple[str, str]
):
    """It holds for this run; the job keeps `skip`."""
    first = operator.post(f"{FETCH}/execute").json
    second = operator.post(f"{FETCH}/execute", json={"overlap": overlap}).json

    found = tuple(
        operator.get(f"/cron/runs/{run['id']}").json["state"] for run in (first, second)
    )
    assert states == found
    assert 409 == operator.post(f"{FETCH}/execute").status_code


@pytest.mark.parametrize("body", [{"overlap": "often"}, {"overlap": None}, {"over": 1}])
def test_an_unknown_policy_of_a_call_is_refused(
    operator: Caller, body: dict[str, object]
):
    """422 names the field."""
    answer = operator.post(f"{FETCH}/execute", json=body)

    assert 422 == answer.status_code
    assert [*body] == [one["field"] for one in answer.json["errors"]]


def test_an_idempotency_key_gives_the_first_run_again(
    operator: Caller, system: System, clock: FakeClock
):
    """The same key is the same run, even after it has ended."""
    headers = {"Idempotency-Key": "deploy-17"}
    first = operator.post(f"{FETCH}/execute", headers=headers).json
    finish(system, first["id"], clock)
    second = operator.post(f"{FETCH}/execute", headers=headers)

    assert 202 == second.status_code
    assert (first["id"], "succeeded") == (second.json["id"], second.json["state"])
    assert "manual:deploy-17" == second.json["origin"]
    assert ["succeeded"] == [one["outcome"] for one in second.json["attempts"]]


@pytest.mark.parametrize("key", ["", "a b", "a|b", "x" * 101, "é"])
def test_an_impossible_idempotency_key_is_refused(operator: Caller, key: str):
    """422 names the header."""
    answer = operator.post(f"{FETCH}/execute", headers={"Idempotency-Key": key})

    assert 422 == answer.status_code
    assert ["Idempotency-Key"] == [one["field"] for one in answer.json["errors"]]


def test_answers_are_json_in_the_order_of_the_design(viewer: Caller):
    """Members come in the order in which people read them."""
    text = viewer.get("/cron/jobs/stats").text
    keys = list(json.loads(text)["jobs"][0])

    assert ["name", "description", "category", "kind", "schedule"] == keys[:5]


def test_a_run_by_hand_takes_parameters_of_its_own(operator: Caller, system: System):
    """Beside those of the job, and told in the trail; what is unknown is 422."""
    path = "/cron/jobs/fetch-paris-data/execute"
    run = operator.post(path, json={"params": {"location": "rome"}}).json
    wrong = operator.post(path, json={"params": {"colour": "red"}})
    (entry,) = find_entries(
        system.store, AuditFilter(action="job.execute"), limit=5, after=None
    ).items

    assert {"run": run["id"], "params": {"location": "rome"}} == entry.after
    assert 422 == wrong.status_code
    assert "params.colour" == wrong.json["errors"][0]["field"]
