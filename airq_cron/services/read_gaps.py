"""Read how fresh and complete the hours of a place are."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from airq_cron.domain.completeness import (
    MONTH,
    Completeness,
    Presence,
    Upstream,
    assess,
    settled_until,
)
from airq_cron.domain.measurement import Location
from airq_cron.ports import Provider, Store, Unit

NOBODY = Upstream(asked=False)


def read_gaps(
    store: Store,
    providers: Mapping[str, Provider],
    location_id: str,
    *,
    length: timedelta = MONTH,
) -> list[Completeness]:
    """
    Return every series of a place with its gaps in the last *length* of time.

    A provider of the place that is asked and never gave anything has a line too.

    Args:
        providers: those that are asked here.

    Raises:
        NotFoundError: no such location.
    """
    with store.read() as unit:
        place = unit.locations.get(location_id)
        return assess_place(unit, providers, place, length, unit.runs.now())


def assess_place(
    unit: Unit,
    providers: Mapping[str, Provider],
    place: Location,
    length: timedelta,
    at: datetime,
) -> list[Completeness]:
    """Return the series of *place* by provider and pollutant; see `read_gaps`."""
    until = settled_until(at)
    found = unit.measurements.presence(place.id, until - max(length, MONTH), until)
    asked = {name: one for name, one in providers.items() if name in place.providers}
    silent = asked.keys() - {one.provider for one in found}
    found += [Presence(name, None, None, None) for name in sorted(silent)]
    return [
        assess(one, _upstream(asked.get(one.provider), place), length, at)
        for one in found
    ]


def _upstream(provider: Provider | None, place: Location) -> Upstream:
    if provider is None or not place.enabled:
        return NOBODY
    return Upstream(asked=True, keeps=provider.keeps)
