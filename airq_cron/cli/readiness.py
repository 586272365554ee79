"""When each program under `airq up` is ready, seen from outside."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

import redis
import requests

from airq_cron.cli import processes
from airq_cron.cli.addresses import answers, base_address
from airq_cron.cli.plan import Plan
from airq_cron.errors import UnreachableError
from airq_cron.ports import Heartbeat
from airq_cron.system import System
from airq_cron.telemetry.client import connect

# The API's socket listens before anyone accepts: no answer yet is no error.
CHECK_TIMEOUT_S = 0.25

Check = Callable[[], bool]


def checks(plan: Plan, system: System, since: datetime) -> Mapping[str, Check]:
    """
    Return a question for each program: is it ready?

    Args:
        since: heartbeats before this instant are those of an earlier instance.
    """
    settings = plan.settings
    base = base_address(settings.host, settings.port)
    found: dict[str, Check] = {
        processes.BROKER: partial(_redis_answers, settings.redis_address),
        processes.UPSTREAM: partial(answers, settings.open_meteo_url),
        processes.API: partial(_page_is_served, base),
    }
    for name in (processes.BEAT, *processes.WORKER_QUEUES):
        found[name] = partial(_reports, system, name, since)
    return {program.name: found[program.name] for program in plan.programs}


def _redis_answers(address: str) -> bool:
    try:
        return bool(connect(address).ping())
    except redis.RedisError:
        return False


def _page_is_served(base: str) -> bool:
    try:
        return requests.get(f"{base}/healthz", timeout=CHECK_TIMEOUT_S).ok
    except requests.RequestException:
        return False


def _reports(system: System, name: str, since: datetime) -> bool:
    try:
        alive = system.heartbeats.alive()
    except UnreachableError:
        return False
    return any(
        heartbeat.at >= since and _program_of(heartbeat) == name for heartbeat in alive
    )


def _program_of(heartbeat: Heartbeat) -> str:
    if heartbeat.role == "worker":
        return str(heartbeat.detail.get("name", "")).partition("@")[0]
    return heartbeat.role
