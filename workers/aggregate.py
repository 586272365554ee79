"""Hourly aggregates."""

from airq_cron.broker import task_name
from airq_cron.domain.run import Claim
from airq_cron.services.aggregate import aggregate_run
from airq_cron.services.execute import Ending
from airq_cron.services.split import FreeSlots

from .app import app
from .base import Place, RunTask


@app.task(name=task_name("aggregate"), base=RunTask)
def aggregate(claim: Claim) -> Ending:
    """Aggregate dirty hours; twice is harmless: the same rows give the same figures."""
    system = Place.system
    slots = FreeSlots(system.store, system.heartbeats)
    return aggregate_run(system.store, claim, slots)
