"""When each program under `airq up` is ready, seen from outside."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

import redis
import requests

from airq_cron.cli import processes
from airq_cron.cli.addresses import base_address
from airq_cron.cli.plan import Plan
from airq_cron.system import System
from airq_cron.telemetry.client import connect

CHECK_TIMEOUT_S = 1.0

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
        processes.UPSTREAM: partial(_answers, settings.open_meteo_url),
        processes.API: partial(_page_is_served, base),
    }
    names = [program.name for program in plan.programs]
    return {
        name: found.get(name) or partial(_beats, system, name, since) for name in names
    }


def _redis_answers(address: str) -> bool:
    try:
        return bool(connect(address).ping())
    except redis.RedisError:
        return False


def _answers(url: str) -> bool:
    try:
        requests.head(url, timeout=CHECK_TIMEOUT_S)
    except requests.RequestException:
        return False
    return True


def _page_is_served(base: str) -> bool:
    try:
        return requests.get(f"{base}/healthz", timeout=CHECK_TIMEOUT_S).ok
    except requests.RequestException:
        return False


def _beats(system: System, name: str, since: datetime) -> bool:
    try:
        alive = system.heartbeats.alive()
    except redis.RedisError:
        return False
    return any(
        heartbeat.at >= since and heartbeat.name.partition("@")[0] == name
        for heartbeat in alive
    )
