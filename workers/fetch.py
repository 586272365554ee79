"""Fetch readings of one location, or of all that have no job of their own."""

from airq_cron.broker import task_name
from airq_cron.domain.run import Claim
from airq_cron.services.execute import Ending
from airq_cron.services.fetch_run import fetch_run
from airq_cron.services.split import FreeSlots

from .app import app
from .base import Place, RunTask


@app.task(name=task_name("fetch"), base=RunTask)
def fetch(claim: Claim) -> Ending:
    """Fetch and store; twice is harmless, because measurements are upserted."""
    system = Place.system
    slots = FreeSlots(system.store, system.heartbeats)
    return fetch_run(
        system.store,
        system.providers,
        claim,
        slots,
        system.index_providers,
        rules=system.settings.alert_rules,
    )
