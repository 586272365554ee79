"""The body of a backfill run: another job, again, for its last days."""

from datetime import timedelta

from airq_cron.domain.period import local_date
from airq_cron.domain.run import Claim, State
from airq_cron.errors import InvalidError
from airq_cron.ports import Dispatcher, Store
from airq_cron.services.backfill import start_backfill
from airq_cron.services.execute import Ending

DAY = timedelta(days=1)
NO_FIRE_TIME = "no_fire_time"


def backfill_run(store: Store, dispatcher: Dispatcher, claim: Claim) -> Ending:
    """
    Start a backfill of the days before the fire time, and return how the run ends.

    The days are those of the other job's zone: so many as the parameter `days`
    says, the last one being the day before the fire time's. A job that does not
    fire on any of them is skipped. An attempt that is repeated starts a second
    backfill, whose runs compute the same once more.

    Raises:
        NotFoundError: there is no such job any more.
        InvalidError: the days have too many fire times.
    """
    name, days = claim.params["job"], claim.params["days"]
    with store.read() as unit:
        zone = unit.jobs.get(name).zone
    today = local_date(claim.scheduled_for, zone)
    try:
        started = start_backfill(
            store,
            dispatcher,
            name,
            first=today - days * DAY,
            last=today - DAY,
            at=claim.claimed_at,
            by=f"job:{claim.job}",
        )
    except InvalidError as error:
        if error.field != "from":
            raise
        return Ending(state=State.SKIPPED, reason=NO_FIRE_TIME)
    result = {"backfill": started.id, "runs": started.runs}
    return Ending(lambda _: result)
