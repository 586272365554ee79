"""Locations: the places whose air is watched."""

from typing import Any

from airq_cron.domain.idempotency import IdempotencyKey, Operation
from airq_cron.domain.measurement import Location
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.services.manage_locations import (
    add_location,
    change_location,
    list_locations,
    read_location,
    remove_location,
)

from . import examples
from .air_schema import (
    LocationChangeSchema,
    LocationPageSchema,
    LocationQuery,
    LocationSchema,
    NewLocationSchema,
)
from .area import Answer, Area, Takes
from .auth import caller
from .context import the_system
from .idempotency import CreateHeaders, key_of

area = Area("locations", "The places whose air is watched")


@area.endpoint(
    "GET",
    "/air/locations",
    role=Role.VIEWER,
    takes=Takes(query=LocationQuery),
    answer=Answer(LocationPageSchema, example=examples.LOCATION_PAGE),
)
def find(query: dict[str, Any]) -> Page[Location]:
    """List the locations by id."""
    return list_locations(
        the_system().store, limit=query["limit"], after=query.get("cursor")
    )


@area.endpoint(
    "POST",
    "/air/locations",
    role=Role.OPERATOR,
    takes=Takes(headers=CreateHeaders, body=(NewLocationSchema, examples.NEW_LOCATION)),
    answer=Answer(
        LocationSchema,
        201,
        example=examples.LOCATION,
        headers={"Location": {"schema": {"type": "string"}}},
    ),
    errors=(409,),
)
def add(
    headers: dict[str, Any], body: dict[str, Any]
) -> tuple[Location, int, dict[str, str]]:
    """Add a location; it is fetched from the next minute on."""
    place = add_place(body, key=key_of(Operation.ADD_LOCATION, headers))
    return place, 201, {"Location": f"/air/locations/{place.id}"}


def add_place(values: dict[str, Any], *, key: IdempotencyKey | None) -> Location:
    """Add the location that *values* describe, read by NewLocationSchema."""
    system = the_system()
    wanted = Location(**values | {"providers": tuple(values.get("providers", ()))})
    return add_location(
        system.store, wanted, providers=system.upstreams, by=caller(), key=key
    )


@area.endpoint(
    "GET",
    "/air/locations/<location:id>",
    role=Role.VIEWER,
    answer=Answer(LocationSchema, example=examples.LOCATION),
)
def show(id: str) -> Location:  # noqa: A002 - the name in the address
    """Give one location."""
    return read_location(the_system().store, id)


@area.endpoint(
    "PATCH",
    "/air/locations/<location:id>",
    role=Role.OPERATOR,
    takes=Takes(body=(LocationChangeSchema, {"name": "Paris centre"})),
    answer=Answer(LocationSchema, example=examples.LOCATION),
)
def change(body: dict[str, Any], id: str) -> Location:  # noqa: A002
    """Change a location; what is left out stays as it is."""
    return change_place(id, body)


def change_place(location_id: str, values: dict[str, Any]) -> Location:
    """Change what *values* name, read by LocationChangeSchema."""
    system = the_system()
    if "providers" in values:
        values["providers"] = tuple(values["providers"])
    return change_location(
        system.store, location_id, values, providers=system.upstreams, by=caller()
    )


@area.endpoint(
    "DELETE",
    "/air/locations/<location:id>",
    role=Role.OPERATOR,
    answer=Answer(status=204),
    errors=(409,),
)
def remove(id: str) -> None:  # noqa: A002
    """Remove a location with everything measured there."""
    remove_location(the_system().store, id, by=caller())
