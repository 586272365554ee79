"""
What the runs of a drill do; the fleet's workers load it with `--include`.

It writes its one row in the transaction that checks the claim and ends the run.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from airq_cron.broker import task_name
from airq_cron.clock import SystemClock
from airq_cron.domain.run import Claim
from airq_cron.ports import Unit
from airq_cron.services.execute import Ending
from tests.chaos.effects import KIND, ORDER, connection_of, effects
from workers.app import app
from workers.base import Place, RunTask


@app.task(name=task_name(KIND), base=RunTask, soft_time_limit=50, time_limit=55)
def drill(claim: Claim) -> Ending:
    """Split, or take as long as the job says and leave one row; never a second."""
    if parts := claim.params.get("parts"):
        return Ending(parts=[{"seconds": claim.params["seconds"]}] * parts)
    SystemClock().wait(claim.params.get("seconds", 0.0))

    def work(unit: Unit) -> dict[str, Any]:
        connection_of(unit).execute(
            insert(effects).values(run_id=claim.run_id, attempt=claim.attempt)
        )
        _obey(Place.system.settings.var_dir / ORDER)
        return {}

    return Ending(work)


def _obey(order: Path) -> None:
    """Stop this process, with the locks it holds, if somebody ordered one to."""
    with suppress(FileNotFoundError):
        order.unlink()
        os.kill(os.getpid(), signal.SIGSTOP)
