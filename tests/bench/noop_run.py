"""Runs that do nothing, or split into parts that do nothing; a worker includes it."""

from airq_cron.broker import task_name
from airq_cron.domain.run import Claim
from airq_cron.services.execute import Ending
from tests.bench.noop_ground import KIND
from workers.app import app
from workers.base import RunTask


@app.task(name=task_name(KIND), base=RunTask)
def noop(claim: Claim) -> Ending:
    """End at once, or split; doing nothing twice is harmless."""
    return Ending(parts=[{}] * claim.params.get("parts", 0))
