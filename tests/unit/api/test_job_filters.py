"""Which jobs the list of jobs has."""

import pytest

from tests.unit.api.caller import Caller


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("enabled=false", ["weekly-cleanup"]),
        ("q=kly", ["weekly-cleanup"]),
        ("queue=analytics&limit=1", ["daily-statistics"]),
        ("q=hour&queue=analytics&enabled=true", ["hourly-aggregations"]),
        ("queue=notifications", ["notify"]),
    ],
)
def test_the_list_can_be_narrowed(
    operator: Caller, query: str, names: list[str]
) -> None:
    """By letters of the name, switch and queue, all of which must fit."""
    operator.post("/cron/jobs/weekly-cleanup/toggle", json={"enabled": False})

    items = operator.get(f"/cron/jobs?{query}").json["items"]
    assert names == [job["name"] for job in items]


@pytest.mark.parametrize("query", ["enabled=maybe", "queue=none", "q="])
def test_what_narrows_the_list_is_checked(viewer: Caller, query: str) -> None:
    """422 that names the field."""
    answer = viewer.get(f"/cron/jobs?{query}")

    assert 422 == answer.status_code
    assert query.partition("=")[0] == answer.json["errors"][0]["field"]
