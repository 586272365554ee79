"""When a program under `airq up` counts as ready."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airq_cron.cli import processes
from airq_cron.cli.addresses import free_port
from airq_cron.cli.plan import Plan
from airq_cron.cli.readiness import Check, checks
from airq_cron.clock import SystemClock
from airq_cron.config import Secret, load
from airq_cron.errors import UnreachableError
from airq_cron.ports import Heartbeat
from airq_cron.system import System

SINCE = datetime(2026, 10, 25, 1, tzinfo=UTC)
PLAN = Plan(
    load(
        {},
        port=free_port(),
        redis_url=Secret(f"redis://127.0.0.1:{free_port()}"),
        open_meteo_url=f"http://127.0.0.1:{free_port()}",
    ),
    (
        processes.broker(Path("valkey-server"), Path("valkey.conf")),
        processes.upstream(1),
        processes.web("127.0.0.1", 1),
        processes.beat(),
        *map(processes.worker, processes.WORKER_QUEUES),
    ),
    (),
)


class Told:
    """Heartbeats that were told to be there; None stands for no answer."""

    def __init__(self, *alive: Heartbeat | None) -> None:
        self._alive = alive

    def alive(self) -> list[Heartbeat]:
        """Return them."""
        if None in self._alive:
            raise UnreachableError("AIRQ_REDIS_URL", "redis://x", "refused")
        return [heartbeat for heartbeat in self._alive if heartbeat is not None]


def asked(*alive: Heartbeat | None, plan: Plan = PLAN) -> Mapping[str, Check]:
    """Return the questions where these heartbeats are told."""
    system = System(plan.settings, SystemClock())
    system.__dict__["heartbeats"] = Told(*alive)
    return checks(plan, system, SINCE)


def beat_at(at: datetime) -> Heartbeat:
    """Return a heartbeat of beat."""
    return Heartbeat("beat-1f", "beat", at)


def test_every_program_is_asked() -> None:
    """Nothing is called ready that was not looked at."""
    assert [program.name for program in PLAN.programs] == list(asked())


def test_without_metrics_processes_still_tell_that_they_are_alive() -> None:
    """The setting is about counting."""
    settings = replace(PLAN.settings, metrics_collection=False)

    questions = asked(plan=replace(PLAN, settings=settings))

    assert [program.name for program in PLAN.programs] == list(questions)


def test_nothing_is_ready_at_first() -> None:
    """Closed ports are an answer, not an error."""
    assert not any(is_ready() for is_ready in asked().values())


def test_a_worker_is_known_by_its_program() -> None:
    """Its own name is drawn by lot; its host name says which program it is."""
    detail = {"name": "worker-data@host"}
    questions = asked(Heartbeat("worker-2b", "worker", SINCE, detail))

    assert questions["worker-data"]()
    assert not questions["worker-watch"]()
    assert not questions["beat"]()


@pytest.mark.parametrize(("late_s", "expected"), [(-1, False), (0, True), (1, True)])
def test_heartbeats_of_an_earlier_instance_do_not_count(
    late_s: int, *, expected: bool
) -> None:
    """After a kill they stay in Redis for some seconds."""
    questions = asked(beat_at(SINCE + timedelta(seconds=late_s)))

    assert expected == questions["beat"]()


def test_without_redis_nobody_is_ready() -> None:
    """While the broker starts, the question is asked again."""
    assert not asked(None)["beat"]()
