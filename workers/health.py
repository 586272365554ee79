"""Health check."""

from airq_cron.broker import task_name
from airq_cron.domain.run import Claim
from airq_cron.services.check_health import check_health
from airq_cron.services.execute import Ending

from .app import app
from .base import Place, RunTask


@app.task(name=task_name("health"), base=RunTask)
def health(claim: Claim) -> Ending:
    """Look at every part; twice is harmless, because nothing is changed."""
    system = Place.system
    result = check_health(
        system.store,
        system.queues,
        system.heartbeats,
        claim.claimed_at,
        watch_processes=system.settings.metrics_collection,
    )
    return Ending(lambda _: result)
