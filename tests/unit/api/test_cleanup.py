"""Cleaning up over HTTP: by a run, or a count of what would go."""

from airq_cron.system import System
from tests.unit.api.caller import Caller
from tests.unit.services.test_clean_up import KINDS

PATH = "/cron/maintenance/cleanup"


def test_it_is_done_by_a_run(operator: Caller):
    """202 with the run and where to look for it."""
    answer = operator.post(PATH)

    assert 202 == answer.status_code
    assert ("weekly-cleanup", "maintenance") == (
        answer.json["job"],
        answer.json["queue"],
    )
    assert f"/cron/runs/{answer.json['id']}" == answer.headers["Location"]
    assert answer.json["id"] == operator.get(answer.headers["Location"]).json["id"]


def test_the_same_key_gives_the_same_run(operator: Caller):
    """Who asks again because the answer was lost starts no second one."""
    headers = {"Idempotency-Key": "sunday"}
    first, again = (operator.post(PATH, headers=headers) for _ in range(2))

    assert first.json["id"] == again.json["id"]


def test_one_at_a_time(operator: Caller):
    """The job's policy holds here, too."""
    first = operator.post(PATH).json["id"]
    answer = operator.post(PATH)

    assert 409 == answer.status_code
    assert first in answer.json["detail"]


def test_a_dry_run_counts_and_enters_nothing(operator: Caller, system: System):
    """200, every kind with its age."""
    answer = operator.post(f"{PATH}?dry_run=true")
    lines = {line["kind"]: line for line in answer.json["kinds"]}

    assert 200 == answer.status_code
    assert KINDS == set(lines)
    assert (0, None, 7, 1000) == tuple(
        lines["runs"][name] for name in ("count", "oldest", "age_days", "kept")
    )
    assert "2026-03-01T12:00:30Z" == answer.json["as_of"]
    assert [] == operator.get("/cron/runs?job=weekly-cleanup").json["items"]


def test_a_wrong_word_is_refused_with_its_field(operator: Caller):
    """Nothing is removed because of a typing mistake."""
    answer = operator.post(f"{PATH}?dry_run=perhaps")

    assert 422 == answer.status_code
    assert "dry_run" in str(answer.json["errors"])
    assert 422 == operator.post(f"{PATH}?dryrun=true").status_code


def test_a_viewer_may_not(viewer: Caller):
    """Not even count."""
    assert 403 == viewer.post(f"{PATH}?dry_run=true").status_code
