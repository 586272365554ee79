"""Dead letters over HTTP: the list, and many at once."""

import pytest

from airq_cron.domain.run import State
from airq_cron.system import System
from tests import entries
from tests.unit.api.caller import Caller

PATH = "/cron/dead-letters"


@pytest.fixture
def letters(system: System) -> list[str]:
    """Give three failed runs of one job and one of another, oldest first."""
    ids = []
    for minute, name in enumerate(("a-job", "a-job", "another", "a-job")):
        claimed = entries.begin(system.store, minute, of=name)
        entries.finish(system.store, claimed, State.FAILED, error=f"boom {minute}")
        ids.append(claimed.run_id)
    return ids


def test_dead_letters_are_listed_with_their_last_error(
    viewer: Caller, letters: list[str]
):
    """Newest fire time first, with the members of a run."""
    items = viewer.get(PATH).json["items"]

    assert letters[::-1] == [one["id"] for one in items]
    assert [("failed", 1, "boom 3")] == [
        (one["state"], one["attempt"], one["last_error"]) for one in items[:1]
    ]
    run = viewer.get("/cron/runs?limit=1").json["items"][0]
    assert run == {name: items[0][name] for name in run}


def test_a_run_that_gave_no_error_tells_its_reason(viewer: Caller, system: System):
    """A deadline is no error of an attempt."""
    claimed = entries.begin(system.store)
    entries.finish(system.store, claimed, State.FAILED, reason="deadline")

    (letter,) = viewer.get(PATH).json["items"]
    assert (None, "deadline") == (letter["error"], letter["last_error"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("job=another", [2]),
        ("since=2026-03-01T00:02:00Z", [3, 2]),
        ("until=2026-03-01T00:02:00Z", [1, 0]),
        ("job=a-job&since=2026-03-01T00:01:00Z", [3, 1]),
        ("job=nobody", []),
    ],
)
def test_the_list_is_filtered(
    viewer: Caller, letters: list[str], query: str, expected: list[int]
):
    """By job and by fire time."""
    found = viewer.get(f"{PATH}?{query}").json["items"]

    assert [letters[number] for number in expected] == [one["id"] for one in found]


def test_the_list_comes_in_pages(viewer: Caller, letters: list[str]):
    """Every letter once."""
    first = viewer.get(f"{PATH}?limit=3").json
    rest = viewer.get(f"{PATH}?limit=3&cursor={first['next_cursor']}").json

    assert letters[::-1] == [one["id"] for one in first["items"] + rest["items"]]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(("deed", "word"), [("retry", "retried"), ("discard", None)])
def test_all_of_a_job_are_seen_to_at_once(
    operator: Caller, letters: list[str], deed: str, word: str | None
):
    """The answer counts; those of other jobs stay."""
    answer = operator.post(f"{PATH}/{deed}", json={"job": "a-job"})

    assert (200, {word or "discarded": 3}) == (answer.status_code, answer.json)
    left = operator.get(PATH).json["items"]
    assert [letters[2]] == [one["id"] for one in left]


def test_a_limit_keeps_the_older_ones(operator: Caller, letters: list[str]):
    """The newest are seen to first."""
    answer = operator.post(f"{PATH}/discard", json={"job": "a-job", "limit": 1})

    assert {"discarded": 1} == answer.json
    left = operator.get(f"{PATH}?job=a-job").json["items"]
    assert [letters[1], letters[0]] == [one["id"] for one in left]


@pytest.mark.parametrize(
    "body",
    [{}, {"job": ""}, {"job": "a", "limit": 0}, {"job": "a", "limit": 1001}, {"x": 1}],
)
def test_a_call_for_many_names_its_job_and_bound(
    operator: Caller, body: dict[str, object]
):
    """Nobody retries everything by accident."""
    assert 422 == operator.post(f"{PATH}/retry", json=body).status_code


@pytest.mark.parametrize("deed", ["retry", "discard"])
def test_a_viewer_only_looks(viewer: Caller, deed: str):
    """Changing needs an operator."""
    assert 403 == viewer.post(f"{PATH}/{deed}", json={"job": "a"}).status_code


def test_a_number_in_a_body_is_no_text(operator: Caller) -> None:
    """JSON has numbers; in a query there is nothing but text."""
    answer = operator.post(f"{PATH}/discard", json={"job": "a-job", "limit": "1"})

    assert 422 == answer.status_code
    assert answer.json is not None
    assert ["limit"] == [one["field"] for one in answer.json["errors"]]
    assert 200 == operator.get(f"{PATH}?limit=1").status_code
