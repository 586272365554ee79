"""Tell people about an alert."""

from airq_cron.broker import task_name
from airq_cron.domain.run import Claim
from airq_cron.services.deliver import deliver
from airq_cron.services.execute import Ending

from .app import app
from .base import Place, RunTask


@app.task(name=task_name("notify"), base=RunTask)
def notify(claim: Claim) -> Ending:
    """Send one message; twice is harmless, because receivers know it by its id."""
    return deliver(Place.system.post, claim)
