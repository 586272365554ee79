"""The data interval of a run: what lies between its fire time and the one before."""

from datetime import timedelta

from airq_cron.domain.backfill import PREFIX
from airq_cron.domain.period import Period, floor_hour
from airq_cron.domain.run import Claim

HOUR = timedelta(hours=1)


def is_backfill(claim: Claim) -> bool:
    """Say whether the run was asked for on purpose, for a fire time of the past."""
    return claim.origin.startswith(PREFIX)


def hours_begun(claim: Claim) -> Period:
    """
    Return the whole hours that began in the data interval (start, fire time].

    Every hour begins in exactly one interval of a job, so a backfill asks for
    each once. Without a fire time before, the interval is an hour long.
    """
    since = claim.interval_start or claim.scheduled_for - HOUR
    return Period(floor_hour(since) + HOUR, floor_hour(claim.scheduled_for) + HOUR)


def hours_ended(claim: Claim) -> Period:
    """Return the whole hours that ended in the data interval; see `hours_begun`."""
    begun = hours_begun(claim)
    return Period(begun.start - HOUR, begun.end - HOUR)
