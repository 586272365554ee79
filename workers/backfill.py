"""Backfill of another job, on schedule."""

from airq_cron.broker import task_name
from airq_cron.domain.run import Claim
from airq_cron.services.backfill_run import backfill_run
from airq_cron.services.execute import Ending

from .app import app
from .base import Place, RunTask


@app.task(name=task_name("backfill"), base=RunTask)
def backfill(claim: Claim) -> Ending:
    """Start a backfill; twice is harmless, because its runs compute the same again."""
    system = Place.system
    return backfill_run(system.store, system.dispatcher, claim)
