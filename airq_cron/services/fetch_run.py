"""The body of a fetch run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from airq_cron.domain.alert import AirRule
from airq_cron.domain.interval import hours_begun, is_backfill
from airq_cron.domain.job import Job
from airq_cron.domain.measurement import Location
from airq_cron.domain.run import Claim, State
from airq_cron.errors import (
    BreakerOpenError,
    PermanentLocationError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
)
from airq_cron.ports import IndexProvider, Provider, Store, Unit
from airq_cron.services.execute import Ending
from airq_cron.services.ingest import (
    NOT_KEPT,
    Fetched,
    due_locations,
    fetch_hours,
    fetch_readings,
    store_fetched,
)
from airq_cron.services.ingest_reported import (
    Reports,
    ask_reports,
    due_reports,
    store_reports,
)
from airq_cron.services.split import FreeSlots, split_locations
from airq_cron.services.watch_air import Turns, watch_air

# Every upstream we know takes so many in one call.
SMALLEST_PART = 100
# Why a run is skipped, by the outcome that keeps its providers from being asked.
HELD = {
    QuotaError.outcome: "quota",
    PermanentProviderError.outcome: "provider_disabled",
    PermanentLocationError.outcome: "location_refused",
}
# What passes by itself is told before what a person must see to.
RANK = list(HELD)


class Asked(NamedTuple):
    """Who is asked for concentrations, and who for indices, by id."""

    readings: Mapping[str, Provider]
    indices: Mapping[str, IndexProvider]


def fetch_run(
    store: Store,
    providers: Mapping[str, Provider],
    claim: Claim,
    slots: FreeSlots,
    index_providers: Mapping[str, IndexProvider] | None = None,
    rules: Sequence[AirRule] = (),
) -> Ending:
    """
    Fetch what is due, or split over many places; return how the run ends.

    In a backfill the hours are asked for that began in the run's data interval,
    and of hours that no provider keeps any more the run is skipped; reported
    indices have no past, and are not asked for. Answers that came before an error
    are stored before it is raised. A quota is no failure: the run waits when it may
    be asked again before its deadline, else it ends as skipped, and the gap is
    fetched later; so does a run whose provider's breaker is open, unless another one
    answered, and one that may ask nobody. That an index does not come ends a run only
    where nothing else was asked for, or where its provider refuses us for good.

    Args:
        rules: when what is new of the present raises an alert.

    Raises:
        ProviderError: the upstream failed; the attempt has failed.
    """
    asked = Asked(providers, index_providers or {})
    places = _read_places(store, claim.params)
    if parts := _parts(store, asked, claim, places, slots):
        return Ending(parts=parts)
    if is_backfill(claim):
        hours = hours_begun(claim)
        fetched = fetch_hours(store, providers, places, hours, claim.claimed_at)
        reports, turns = Reports(at=claim.claimed_at), Turns()
    else:
        fetched = fetch_readings(store, providers, places, claim.claimed_at)
        reports = ask_reports(store, asked.indices, places, claim.claimed_at)
        turns = watch_air(store, rules, places, fetched.rows, claim.claimed_at)
    work = _store_all(store_fetched(store, fetched, claim=claim), reports, turns)
    if fetched.not_kept and not fetched.asked:
        return Ending(work, State.SKIPPED, reason=NOT_KEPT)
    if (ending := _held(fetched, reports, claim, work)) is not None:
        return ending
    error = _error(fetched, reports)
    if isinstance(error, BreakerOpenError) and fetched.answered:
        return Ending(work)
    if error is None or isinstance(error, QuotaError | BreakerOpenError):
        return _end(error, claim, work)
    store.write(work, claim=claim)
    raise error


def _store_all(
    readings: Callable[[Unit], dict[str, Any]], reports: Reports, turns: Turns
) -> Callable[[Unit], dict[str, Any]]:
    def work(unit: Unit) -> dict[str, Any]:
        result = readings(unit)
        if reports.asked or reports.not_due:
            result["reported"] = indices(unit)
        return result | turns.carry_out(unit)

    indices = store_reports(reports)
    return work


def _held(
    fetched: Fetched,
    reports: Reports,
    claim: Claim,
    work: Callable[[Unit], dict[str, Any]],
) -> Ending | None:
    """Return the end of a run that asked nobody, because nobody may be asked."""
    idle = fetched.asked == fetched.not_due == reports.asked == reports.not_due == 0
    if not idle or not fetched.held:
        return None
    until = fetched.held_until
    if until is not None and until < claim.deadline_at:
        return Ending(work, State.WAITING, reason="quota", not_before=until)
    return Ending(work, State.SKIPPED, reason=HELD[min(fetched.held, key=RANK.index)])


def _error(fetched: Fetched, reports: Reports) -> ProviderError | None:
    if fetched.error is not None:
        return fetched.error
    alone = fetched.asked == 0
    refused = isinstance(reports.error, PermanentProviderError)
    return reports.error if alone or refused else None


def _read_places(store: Store, params: Mapping[str, Any]) -> list[Location]:
    with store.read() as unit:
        if "locations" in params:
            found = unit.locations.some(params["locations"])
            return [place for place in found if place.enabled]
        return places_for(params, unit.locations.all(), unit.jobs.all())


def _parts(
    store: Store,
    asked: Asked,
    claim: Claim,
    places: list[Location],
    slots: FreeSlots,
) -> list[dict[str, Any]]:
    """Return the parts to split into; of places that are not due there are none."""
    smallest = _smallest(asked.readings.values())
    if claim.part or len(places) <= smallest:
        return []
    if is_backfill(claim):
        due = [place.id for place in places] if hours_begun(claim).length else []
    else:
        due = _due(store, asked, places, claim.claimed_at)
    return split_locations(claim, due, slots, smallest=smallest)


def _due(store: Store, asked: Asked, places: list[Location], at: datetime) -> list[str]:
    """Return the ids of those for which anybody may have news, in their order."""
    due = set(due_locations(store, asked.readings, places, at))
    for provider in asked.indices.values():
        wanted = [place for place in places if provider.id in place.providers]
        due |= {place.id for place in due_reports(store, provider, wanted, at)}
    return [place.id for place in places if place.id in due]


def _smallest(providers: Iterable[Provider]) -> int:
    sizes = [provider.batch_size for provider in providers]
    return max([SMALLEST_PART, *sizes])


def _end(
    error: QuotaError | BreakerOpenError | None,
    claim: Claim,
    work: Callable[[Unit], dict[str, Any]],
) -> Ending:
    if error is None:
        return Ending(work)
    if isinstance(error, QuotaError) and error.retry_at < claim.deadline_at:
        return Ending(work, State.WAITING, reason="quota", not_before=error.retry_at)
    return Ending(work, State.SKIPPED, reason=error.outcome)


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
