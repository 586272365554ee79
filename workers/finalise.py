"""Daily statistics."""

from airq_cron.broker import task_name
from airq_cron.domain.run import Claim
from airq_cron.services.execute import Ending
from airq_cron.services.finalise import finalise_run

from .app import app
from .base import Place, RunTask


@app.task(name=task_name("finalise"), base=RunTask)
def finalise(claim: Claim) -> Ending:
    """Close days; twice is harmless, because the same hours give the same figures."""
    system = Place.system
    result = finalise_run(system.store, claim, live=set(system.providers))
    return Ending(lambda _: result)
