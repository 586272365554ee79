"""The body of a fetch run."""

from collections.abc import Callable, Mapping
from typing import Any

from airq_cron.domain.job import Job
from airq_cron.domain.measurement import Location
from airq_cron.domain.run import Claim, State
from airq_cron.errors import QuotaError
from airq_cron.ports import Provider, Store, Unit
from airq_cron.services.execute import Ending
from airq_cron.services.ingest import fetch_readings, store_fetched


def fetch_run(store: Store, providers: Mapping[str, Provider], claim: Claim) -> Ending:
    """
    Fetch what is due and return how the run ends.

    Answers that came before an error are stored before it is raised. A quota
    is no failure: the run waits when it may be asked again before its
    deadline, else it ends as skipped, and the gap is fetched later.

    Raises:
        ProviderError: the upstream failed; the attempt has failed.
    """
    with store.read() as unit:
        places = places_for(claim.params, unit.locations.all(), unit.jobs.all())
    fetched = fetch_readings(store, providers, places, claim.claimed_at)
    work = store_fetched(store, fetched, claim=claim)
    if fetched.error is None:
        return Ending(work)
    if isinstance(fetched.error, QuotaError):
        return _wait_or_skip(fetched.error, claim, work)
    store.write(work, claim=claim)
    raise fetched.error


def _wait_or_skip(
    error: QuotaError, claim: Claim, work: Callable[[Unit], dict[str, Any]]
) -> Ending:
    if error.retry_at < claim.deadline_at:
        return Ending(work, State.WAITING, reason="quota", not_before=error.retry_at)
    return Ending(work, State.SKIPPED, reason="quota")


def places_for(
    params: Mapping[str, Any], places: list[Location], jobs: list[Job]
) -> list[Location]:
    """
    Return the enabled locations a fetch job is for.

    A job with the parameter `location` is for that one; a job without it is for
    all that no other fetch job names.
    """
    if "location" in params:
        wanted = {params["location"]}
    else:
        named = {job.params.get("location") for job in jobs if job.kind == "fetch"}
        wanted = {place.id for place in places} - named
    return [place for place in places if place.id in wanted and place.enabled]
