"""The body of a fetch run."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from airq_cron.domain.interval import hours_begun, is_backfill
from airq_cron.domain.job import Job
from airq_cron.domain.measurement import Location
from airq_cron.domain.run import Claim, State
from airq_cron.errors import QuotaError
from airq_cron.ports import Provider, Store, Unit
from airq_cron.services.execute import Ending
from airq_cron.services.ingest import (
    NOT_KEPT,
    due_locations,
    fetch_hours,
    fetch_readings,
    store_fetched,
)
from airq_cron.services.split import FreeSlots, split_locations

# Every upstream we know takes so many in one call.
SMALLEST_PART = 100


def fetch_run(
    store: Store, providers: Mapping[str, Provider], claim: Claim, slots: FreeSlots
) -> Ending:
    """
    Fetch what is due, or split over many places; return how the run ends.

    In a backfill the hours are asked for that began in the run's data interval,
    and of hours that no provider keeps any more the run is skipped.
    Answers that came before an error are stored before it is raised. A quota
    is no failure: the run waits when it may be asked again before its
    deadline, else it ends as skipped, and the gap is fetched later.

    Raises:
        ProviderError: the upstream failed; the attempt has failed.
    """
    places = _read_places(store, claim.params)
    if parts := _parts(store, providers, claim, places, slots):
        return Ending(parts=parts)
    if is_backfill(claim):
        hours = hours_begun(claim)
        fetched = fetch_hours(providers, places, hours, claim.claimed_at)
    else:
        fetched = fetch_readings(store, providers, places, claim.claimed_at)
    work = store_fetched(store, fetched, claim=claim)
    if fetched.not_kept and not fetched.asked:
        return Ending(work, State.SKIPPED, reason=NOT_KEPT)
    if fetched.error is None:
        return Ending(work)
    if isinstance(fetched.error, QuotaError):
        return _wait_or_skip(fetched.error, claim, work)
    store.write(work, claim=claim)
    raise fetched.error


def _read_places(store: Store, params: Mapping[str, Any]) -> list[Location]:
    with store.read() as unit:
        if "locations" in params:
            found = unit.locations.some(params["locations"])
            return [place for place in found if place.enabled]
        return places_for(params, unit.locations.all(), unit.jobs.all())


def _parts(
    store: Store,
    providers: Mapping[str, Provider],
    claim: Claim,
    places: list[Location],
    slots: FreeSlots,
) -> list[dict[str, Any]]:
    """Return the parts to split into; of places that are not due there are none."""
    smallest = _smallest(providers.values())
    if claim.part or len(places) <= smallest:
        return []
    if is_backfill(claim):
        due = [place.id for place in places] if hours_begun(claim).length else []
    else:
        due = due_locations(store, providers, places, claim.claimed_at)
    return split_locations(claim, due, slots, smallest=smallest)


def _smallest(providers: Iterable[Provider]) -> int:
    sizes = [provider.batch_size for provider in providers]
    return max([SMALLEST_PART, *sizes])


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
