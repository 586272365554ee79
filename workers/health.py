"""Health check."""

from typing import Any

from airq_cron.broker import task_name
from airq_cron.domain.run import Claim
from airq_cron.ports import Check, Unit
from airq_cron.services.check_health import check_health
from airq_cron.services.execute import Ending
from airq_cron.services.watch_breakers import end_holds, look_after

from .app import app
from .base import Place, RunTask


@app.task(name=task_name("health"), base=RunTask)
def health(claim: Claim) -> Ending:
    """Judge every part; twice is harmless, because alerts are kept by key."""
    system = Place.system
    breakers = look_after(system.breaker_desk)
    result = check_health(Place.watch(), system.heartbeats, claim.claimed_at)

    def work(unit: Unit) -> dict[str, Any]:
        unit.checks.put(Check(claim.claimed_at, claim.run_id, claim.job, result))
        end_holds(unit, breakers, claim.claimed_at)
        return result

    return Ending(work)
