"""Hourly aggregates."""

from airq_cron.broker import task_name
from airq_cron.domain.run import Claim
from airq_cron.services.aggregate import aggregate_all
from airq_cron.services.execute import Ending

from .app import app
from .base import Place, RunTask


@app.task(name=task_name("aggregate"), base=RunTask)
def aggregate(claim: Claim) -> Ending:
    """Aggregate dirty hours; twice is harmless: the same rows give the same figures."""
    result = aggregate_all(Place.system.store, claim)
    return Ending(lambda _: result)
