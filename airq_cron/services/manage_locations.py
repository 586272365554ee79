"""List, add, change and remove the places whose air is watched."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from airq_cron.domain.measurement import Location, check_location
from airq_cron.domain.page import Page, cut_page
from airq_cron.domain.period import load_zone
from airq_cron.domain.preference import accept_providers, split_references
from airq_cron.errors import ConflictError, InvalidError, ScheduleError
from airq_cron.ports import Store, Unit
from airq_cron.services.seed import ensure_fetch_job

# So many hold the write lock of SQLite for some 30 ms.
CLEARED_HOURS = 2000


def list_locations(
    store: Store, *, limit: int, after: tuple[str, ...] | None
) -> Page[Location]:
    """Return locations by id, from the one after *after* on."""
    start = after[0] if after else ""
    with store.read() as unit:
        places = [place for place in unit.locations.all() if place.id > start]
    return cut_page(places, limit, lambda place: (place.id,))


def read_location(store: Store, location_id: str) -> Location:
    """Return one location; raises NotFoundError."""
    with store.read() as unit:
        return unit.locations.get(location_id)


def add_location(
    store: Store, location: Location, *, providers: Collection[str]
) -> Location:
    """
    Store a new location and return it; a job fetches it from now on.

    Args:
        providers: ids of the upstreams that can be asked, the default one
            first; it is taken when the location names none.

    Raises:
        InvalidError: names the field that cannot be accepted.
        ConflictError: the id is taken.
    """
    if not location.providers:
        location = replace(location, providers=tuple(providers)[:1])
    location = _check(location, providers)
    done = False

    def work(unit: Unit) -> None:
        # After an ambiguous commit the transaction is run again, and then our own
        # row is no conflict.
        nonlocal done
        if not done or location not in unit.locations.all():
            unit.locations.add(location)
        ensure_fetch_job(unit, unit.runs.now())
        done = True

    store.write(work)
    return location


def change_location(
    store: Store,
    location_id: str,
    changes: Mapping[str, Any],
    *,
    providers: Collection[str],
) -> Location:
    """
    Replace the named fields of a location and return it; idempotent.

    Args:
        changes: fields of `Location` but the id, with their new values.

    Raises:
        NotFoundError: no such location.
        InvalidError: names the field that cannot be accepted.
    """

    def work(unit: Unit) -> Location:
        place = unit.locations.lock(location_id)
        known = {*providers, *place.providers}
        if "providers" in changes:
            place = replace(place, references=())
        changed = _check(replace(place, **changes), known)
        unit.locations.save(changed)
        # Who would not answer for the old place may do so for the new one.
        for provider in place.providers:
            unit.locations.forget_fetch(provider, place.id)
        return changed

    return store.write(work)


def remove_location(store: Store, location_id: str) -> None:
    """
    Delete a location with everything measured there.

    Raises:
        NotFoundError: no such location.
        ConflictError: an enabled job names it.
    """

    with store.read() as unit:
        unit.locations.get(location_id)
        for job in unit.jobs.all():
            if job.enabled and job.params.get("location") == location_id:
                raise ConflictError(
                    f"the job {job.name} fetches {location_id}; disable it first"
                )
    while store.write(
        lambda unit: unit.locations.clear(location_id, limit=CLEARED_HOURS)
    ):
        continue
    store.write(lambda unit: unit.locations.remove(location_id))


def _check(location: Location, providers: Collection[str]) -> Location:
    try:
        load_zone(location.zone)
    except ScheduleError as error:
        raise InvalidError("zone", error.reason) from error
    names, references = split_references(location.providers, providers)
    return check_location(
        replace(
            location,
            providers=accept_providers(names, providers),
            references=references or location.references,
        )
    )
