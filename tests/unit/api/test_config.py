"""The settings over HTTP."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from airq_cron.config import Secret
from airq_cron.domain.role import Role
from airq_cron.system import System
from api.app import attach
from tests.unit.api.caller import Caller, make_caller

PATH = "/cron/config"
SECRETS = ("instance_key", "iqair_key", "openaq_key", "alert_webhook_secret")
CANARY = "canary-5d1b7c0e3f525c8a8f0a6f7b2c9d4e11"


def test_every_setting_is_told_with_its_source(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
):
    """By name; what the test chose itself came from nowhere else."""
    monkeypatch.setenv("AIRQ_EGRESS", "x")

    items = {one["name"]: one for one in admin.get(PATH).json["items"]}

    assert sorted(items) == list(items)
    assert "default" == items["AIRQ_PORT"]["source"]
    assert "3000" == items["AIRQ_PORT"]["value"]
    assert "instance" == items["AIRQ_VAR_DIR"]["source"]
    assert "environment" == items["AIRQ_EGRESS"]["source"]


def test_secrets_are_stars(routes: Flask, system: System):
    """Whichever they are."""
    chosen: Any = dict.fromkeys(SECRETS, Secret(CANARY))
    settings = replace(system.settings, **chosen)
    vars(system)["settings"] = settings
    caller = make_caller(attach(routes, system), system, Role.ADMIN)

    answer = caller.get(PATH)

    assert CANARY not in answer.text
    assert 4 == [one["value"] for one in answer.json["items"]].count("***")


def test_only_admins_may_read_them(viewer: Caller, operator: Caller):
    """They tell how the instance is built."""
    assert [403, 403] == [one.get(PATH).status_code for one in (viewer, operator)]
