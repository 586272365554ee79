"""List, add, change and remove the places whose air is watched."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from airq_cron.domain.idempotency import IdempotencyKey
from airq_cron.domain.measurement import Location, check_location
from airq_cron.domain.page import Page, cut_page
from airq_cron.domain.period import load_zone
from airq_cron.domain.preference import accept_providers, split_references
from airq_cron.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    ScheduleError,
)
from airq_cron.ports import AuditEntry, Store, Unit
from airq_cron.services.recognise import remember
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


def describe_location(place: Location) -> dict[str, Any]:
    """Return everything that is told of *place*, in the words outsiders use."""
    return {
        "id": place.id,
        "name": place.name,
        "lat": float(place.lat),
        "lon": float(place.lon),
        "zone": place.zone,
        "providers": list(place.written_providers),
        "enabled": place.enabled,
    }


def add_location(
    store: Store,
    location: Location,
    *,
    providers: Collection[str],
    by: str,
    key: IdempotencyKey | None = None,
) -> Location:
    """
    Store a new location and return it; a job fetches it from now on.

    The same *key* gives the location of the first call, as it is by now.

    Args:
        providers: ids of the upstreams that can be asked, the default one
            first; it is taken when the location names none.
        by: who does it, as the audit trail names them.

    Raises:
        InvalidError: names the field that cannot be accepted; `Idempotency-Key` when
            its first call had another body.
        ConflictError: the id is taken, or the location of the first call is gone.
    """
    if not location.providers:
        location = replace(location, providers=tuple(providers)[:1])
    location = _check(location, providers)
    done = False

    def work(unit: Unit) -> Location:
        # After an ambiguous commit the transaction is run again, and then our own
        # row is no conflict.
        nonlocal done
        if remember(unit, key, location.id) is not None:
            return _added_before(unit, location.id)
        if not done or location not in unit.locations.all():
            unit.locations.add(location)
            _record(unit, by, "location.add", after=location)
        ensure_fetch_job(unit, unit.runs.now())
        done = True
        return location

    return store.write(work)


def change_location(
    store: Store,
    location_id: str,
    changes: Mapping[str, Any],
    *,
    providers: Collection[str],
    by: str,
) -> Location:
    """
    Replace the named fields of a location and return it; idempotent.

    Args:
        changes: fields of `Location` but the id, with their new values.
        by: who does it, as the audit trail names them.

    Raises:
        NotFoundError: no such location.
        InvalidError: names the field that cannot be accepted.
    """

    def work(unit: Unit) -> Location:
        old = unit.locations.lock(location_id)
        known = {*providers, *old.providers}
        place = replace(old, references=()) if "providers" in changes else old
        changed = _check(replace(place, **changes), known)
        unit.locations.save(changed)
        # Who would not answer for the old place may do so for the new one.
        for provider in old.providers:
            unit.locations.forget_fetch(provider, old.id)
        if changed != old:
            _record(unit, by, "location.update", before=old, after=changed)
        return changed

    return store.write(work)


def remove_location(store: Store, location_id: str, *, by: str) -> None:
    """
    Delete a location with everything measured there.

    Args:
        by: who does it, as the audit trail names them.

    Raises:
        NotFoundError: no such location.
        ConflictError: an enabled job names it.
    """

    with store.read() as unit:
        place = unit.locations.get(location_id)
        for job in unit.jobs.all():
            if job.enabled and job.params.get("location") == location_id:
                raise ConflictError(
                    f"the job {job.name} fetches {location_id}; disable it first"
                )
    while store.write(
        lambda unit: unit.locations.clear(location_id, limit=CLEARED_HOURS)
    ):
        continue

    def work(unit: Unit) -> None:
        if unit.locations.remove(location_id):
            _record(unit, by, "location.remove", before=place)

    store.write(work)


def _record(
    unit: Unit,
    by: str,
    action: str,
    *,
    before: Location | None = None,
    after: Location | None = None,
) -> None:
    """Tell the audit trail what has changed of a location."""
    old = {} if before is None else describe_location(before)
    new = {} if after is None else describe_location(after)
    changed = [name for name in old | new if old.get(name) != new.get(name)]
    place = old.get("id") or new["id"]
    unit.audit.record(
        AuditEntry(
            by,
            action,
            f"location:{place}",
            before={name: old[name] for name in changed if old} or None,
            after={name: new[name] for name in changed if new} or None,
        )
    )


def _added_before(unit: Unit, location_id: str) -> Location:
    try:
        return unit.locations.get(location_id)
    except NotFoundError as error:
        text = f"{location_id} was added by a call with this key, and is gone"
        raise ConflictError(f"{text}; take a new key") from error


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
