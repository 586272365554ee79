"""Alert rules over HTTP: seen by all, changed by admins."""

import pytest

from airq_cron.cli.alert_rules import rule_document
from airq_cron.domain.flip import FlipKind
from airq_cron.services.alert_rules import read_rule
from airq_cron.system import System
from tests.unit.api.caller import Caller

PATH = "/cron/alert-rules"
BACKLOG = f"{PATH}/queue_backlog"


def test_every_kind_of_alert_has_a_rule(viewer: Caller):
    """By name, each the same as alone."""
    items = viewer.get(PATH).json["items"]

    assert sorted(FlipKind) == [one["name"] for one in items]
    assert all(one == viewer.get(f"{PATH}/{one['name']}").json for one in items)


def test_a_rule_says_what_it_judges(viewer: Caller):
    """With the unit of its threshold."""
    body = viewer.get(BACKLOG).json

    assert ("more messages than this wait in a queue", 100.0, "messages") == (
        body["about"],
        body["threshold"],
        body["unit"],
    )
    assert (2, 2, 0, 14_400, True, False) == tuple(
        body[name]
        for name in (
            *("open_after", "close_after", "cool_down_s", "repeat_every_s"),
            *("enabled", "is_changed"),
        )
    )


def test_an_admin_changes_a_rule(admin: Caller, viewer: Caller, system: System):
    """What is left out stays; the document is the CLI's."""
    answer = admin.ask(
        "PATCH",
        BACKLOG,
        json={
            "threshold": 500,
            "severity": "high",
            "cool_down_s": 60,
            "repeat_every_s": None,
            "note": "imports",
        },
    )
    body = viewer.get(BACKLOG).json

    assert (200, body) == (answer.status_code, answer.json)
    assert (500.0, "high", 60, None, "imports", 2, True) == tuple(
        body[name]
        for name in (
            *("threshold", "severity", "cool_down_s", "repeat_every_s", "note"),
            *("open_after", "is_changed"),
        )
    )
    line = read_rule(system.store, "queue_backlog", system.alert_defaults)
    assert body == rule_document(line)


def test_a_rule_is_reset(admin: Caller):
    """As it was before anybody changed it."""
    before = admin.get(BACKLOG).json
    admin.ask("PATCH", BACKLOG, json={"enabled": False})

    assert before == admin.post(f"{BACKLOG}/reset").json


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"threshold": 0}, "threshold"),
        ({"threshold": -1}, "threshold"),
        ({"threshold": "many"}, "threshold"),
        ({"threshold": None}, "threshold"),
        ({"severity": "loud"}, "severity"),
        ({"open_after": 0}, "open_after"),
        ({"close_after": 101}, "close_after"),
        ({"cool_down_s": -1}, "cool_down_s"),
        ({"repeat_every_s": 59}, "repeat_every_s"),
        ({"enabled": "no"}, "enabled"),
        ({"name": "x"}, "name"),
    ],
)
def test_what_makes_no_sense_is_named(
    admin: Caller, body: dict[str, object], field: str
):
    """422 with the field."""
    answer = admin.ask("PATCH", BACKLOG, json=body)

    assert 422 == answer.status_code
    assert field in answer.text
    assert not admin.get(BACKLOG).json["is_changed"]


def test_conditions_that_are_sure_are_not_counted(admin: Caller):
    """The breaker has failed for three timeouts already; nothing would change."""
    answer = admin.ask("PATCH", f"{PATH}/breaker_open", json={"open_after": 3})

    assert 422 == answer.status_code
    assert "by rules of its own" in answer.text


def test_only_admins_change_rules(operator: Caller):
    """403: who silences all alerts may do so once, not for good."""
    assert 403 == operator.ask("PATCH", BACKLOG, json={}).status_code
    assert 403 == operator.post(f"{BACKLOG}/reset").status_code


def test_an_unknown_rule_is_not_there(viewer: Caller):
    """404, with those there are."""
    answer = viewer.get(f"{PATH}/backlog")

    assert 404 == answer.status_code
    assert "queue_backlog" in answer.text
