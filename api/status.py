"""Status: everything that is known, in one answer."""

import platform
from dataclasses import fields
from typing import Any

from flask import Response

from airq_cron import __version__
from airq_cron.domain.role import Role
from airq_cron.services.overview import Overview
from airq_cron.system import System

from . import examples
from .area import Answer, Area
from .context import the_system, uptime_s
from .kept import keep
from .status_schema import OverviewSchema

area = Area("status", "The whole instance at a glance")
VERSIONS = {"airq_cron": __version__, "python": platform.python_version()}


@area.endpoint(
    "GET",
    "/cron/status/overview",
    role=Role.VIEWER,
    answer=Answer(OverviewSchema, example=examples.OVERVIEW),
)
def overview() -> Response:
    """Give the state of jobs, queues, processes and data, with the reasons for it."""
    return keep(OverviewSchema, _members)


def _members() -> dict[str, Any]:
    found = overview_of(the_system())
    members = {member.name: getattr(found, member.name) for member in fields(found)}
    return members | {"versions": VERSIONS, "uptime_s": uptime_s()}


def overview_of(system: System) -> Overview:
    """Return everything that is known of *system*."""
    return system.overview_desk.sum_up()
