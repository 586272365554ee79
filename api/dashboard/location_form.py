"""Add, change and remove a place."""

from contextlib import suppress
from functools import partial
from secrets import token_hex
from typing import Any

from flask import Response, url_for
from marshmallow import Schema

from airq_cron.domain.idempotency import Operation
from airq_cron.domain.measurement import Location
from airq_cron.domain.role import Role
from airq_cron.errors import InvalidError, NotFoundError
from airq_cron.services.manage_locations import read_location, remove_location

from ..air_locations import add_place, change_place
from ..air_schema import LocationChangeSchema, NewLocationSchema
from ..auth import caller
from ..context import the_system
from ..fields import Text
from ..idempotency import form_key
from . import words
from .forms import Form, submit
from .frame import area, show

FIELDS = ("id", "name", "lat", "lon", "zone", "providers", "enabled")


class RemoveSchema(Schema):
    """The id of the place, typed by whoever means it."""

    confirm = Text(required=True)


@area.page("/new-location", role=Role.OPERATOR)
def new_location() -> Response:
    """Show the form for a place."""
    return _page(Form("new", {}), None)


@area.page("/new-location", role=Role.OPERATOR, methods=("POST",))
def make_location() -> Response:
    """Add the place, and show it."""
    again = partial(_page, place=None)
    return submit("new", _read_new, _add, again=again, done="added", conflict="id")


@area.page("/locations/<location:id>/edit", role=Role.OPERATOR)
def edit_location(id: str) -> Response:  # noqa: A002 - the name in the address
    """Show what can be changed of a place."""
    place = read_location(the_system().store, id)
    return _page(Form("edit", _filled(place)), place)


@area.page("/locations/<location:id>/edit", role=Role.OPERATOR, methods=("POST",))
def save_location(id: str) -> Response:  # noqa: A002
    """Keep a change of a place, and show it."""
    again = partial(_page, place=read_location(the_system().store, id))
    return submit("edit", _read_change, partial(_save, id), again=again, done="saved")


@area.page("/locations/<location:id>/remove", role=Role.OPERATOR, methods=("POST",))
def remove_one(id: str) -> Response:  # noqa: A002
    """Remove a place with everything measured there; once more does nothing."""

    def again(form: Form) -> Response:
        return _page(form, read_location(the_system().store, id))

    act = partial(_remove, id)
    return submit("remove", RemoveSchema, act, again=again, done="removed")


def _read_new(form: Form) -> dict[str, Any] | None:
    texts = _texts(form)
    if not texts.get("providers"):
        texts.pop("providers", None)
    return form.load_of(NewLocationSchema, texts)


def _read_change(form: Form) -> dict[str, Any] | None:
    return form.load_of(LocationChangeSchema, _texts(form))


def _texts(form: Form) -> dict[str, str]:
    return {name: form.given[name].strip() for name in FIELDS if name in form.given}


def _add(values: dict[str, Any]) -> str:
    return _address(add_place(values, key=form_key(Operation.ADD_LOCATION)).id)


def _save(place_id: str, values: dict[str, Any]) -> str:
    return _address(change_place(place_id, values).id)


def _remove(place_id: str, values: dict[str, Any]) -> str:
    if values["confirm"].strip() != place_id:
        raise InvalidError("confirm", words.PLACE.not_confirmed.format(place_id))
    with suppress(NotFoundError):
        remove_location(the_system().store, place_id, by=caller())
    return url_for("pages.locations")


def _address(place_id: str) -> str:
    return url_for("pages.location", id=place_id)


def _filled(place: Location) -> dict[str, str]:
    return {
        "name": place.name,
        "lat": f"{place.lat:f}",
        "lon": f"{place.lon:f}",
        "zone": place.zone,
        "providers": ", ".join(place.written_providers),
        "enabled": str(place.enabled).lower(),
    }


def _page(form: Form, place: Location | None) -> Response:
    """
    Return the page with the forms.

    Args:
        place: the one that is changed; None for a new one.
    """
    upstreams = the_system().upstreams
    t = words.PLACE
    return show(
        "location_form.html",
        at="pages.locations",
        title=t.new if place is None else t.title.format(place.name),
        status=form.status,
        form=form,
        place=place,
        was={} if place is None else _filled(place),
        number=token_hex(16),
        upstreams=", ".join(upstreams),
        usual=next(iter(upstreams), words.UNKNOWN),
        states=list(words.ON_OFF.items()),
    )
