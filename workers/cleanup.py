"""Retention."""

from airq_cron.broker import task_name
from airq_cron.domain.run import Claim
from airq_cron.services.cleanup import clean_up
from airq_cron.services.execute import Ending

from .app import app
from .base import Place, RunTask

# So long others may write between two transactions of ours.
REST_S = 0.05


@app.task(name=task_name("cleanup"), base=RunTask)
def cleanup(claim: Claim) -> Ending:
    """Remove expired rows; twice is harmless, because they are gone already."""
    system = Place.system
    result = clean_up(
        system.store, claim, system.premises, lambda: system.clock.wait(REST_S)
    )
    return Ending(lambda _: result)
