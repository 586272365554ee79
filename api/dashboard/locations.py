"""Places: their air now, today and this year, and what is missing."""

from datetime import date
from typing import Any

from flask import Response, request, url_for

from airq_cron.domain.completeness import MONTH
from airq_cron.domain.period import local_date
from airq_cron.domain.pollutant import from_micros
from airq_cron.domain.rating import AMERICAN, EUROPEAN
from airq_cron.domain.report_words import NAMES, UNIT_NAMES, figure_text
from airq_cron.domain.role import Role
from airq_cron.errors import InvalidError
from airq_cron.services.fill_gaps import fill_gaps
from airq_cron.services.manage_locations import list_locations, read_location
from airq_cron.services.read_backfills import find_backfills
from airq_cron.services.read_gaps import read_gaps
from airq_cron.services.read_latest import LatestFigure, read_latest, read_latest_of
from airq_cron.services.read_report import read_report

from ..air_schema import LocationQuery
from ..auth import caller
from ..context import present, the_system
from ..gap_schema import FillSchema
from ..report_page import page_of
from . import words
from .bands import band_of
from .forms import Form, submit
from .frame import area, next_page, show

SHOWN = 50
MOST_BACKFILLS = 5
MOST_GAPS = 10


@area.page("/locations", role=Role.VIEWER)
def locations() -> Response:
    """Show the places by id, with their bands."""
    return locations_page()


def locations_page() -> Response:
    """Return the list of places."""
    query = Form("page", request.args).load(LocationQuery) or {}
    store = the_system().store
    found = list_locations(store, limit=SHOWN, after=query.get("cursor"))
    return show(
        "locations.html",
        at="pages.locations",
        title=words.LOCATIONS.title,
        places=found.items,
        bands=_bands(read_latest_of(store, found.items)),
        more=next_page(found.after),
        turned="cursor" in request.args,
    )


@area.page("/locations/<location:id>", role=Role.VIEWER)
def location(id: str) -> Response:  # noqa: A002 - the name in the address
    """Show one place."""
    return location_page(id)


@area.page("/locations/<location:id>/fill", role=Role.OPERATOR, methods=("POST",))
def fill_one(id: str) -> Response:  # noqa: A002
    """Ask the providers for the hours that are missing."""
    system = the_system()

    def act(values: dict[str, Any]) -> None:
        del values
        send, asked = system.dispatcher, system.providers
        fill_gaps(system.store, send, asked, id, by=caller(), length=MONTH)

    again, to = (lambda form: location_page(id, form)), _address(id)
    return submit("fill", FillSchema, act, again=again, done="filling", to=to)


def location_page(place_id: str, form: Form | None = None) -> Response:
    """Return the page of a place; *form* is its form, with what was wrong."""
    system = the_system()
    place = read_location(system.store, place_id)
    latest = read_latest(system.store, place_id)
    today = local_date(present(), place.zone)
    series = read_gaps(system.store, system.providers, place_id, length=MONTH)
    return show(
        "location.html",
        at="pages.locations",
        title=place.name,
        status=form.status if form else 200,
        form=form,
        place=place,
        today=today,
        bands=[
            (title, band_of(scheme, latest.indices.get(scheme)))
            for scheme, title in words.SCHEMES
        ],
        figures=[_figure(one) for one in latest.items],
        day=_day(place_id, today),
        series=series,
        fillable=any(gap.fillable for one in series for gap in one.gaps),
        most_gaps=MOST_GAPS,
        names={pollutant.value: name for pollutant, name in NAMES.items()},
        backfills=find_backfills(
            system.store, job=None, limit=MOST_BACKFILLS, after=None
        ).items,
    )


def _bands(found: Any) -> dict[str, Any]:
    return {name: band_of(AMERICAN, of.get(AMERICAN)) for name, of in found.items()}


def _address(place_id: str) -> str:
    return url_for("pages.location", id=place_id)


def _day(place_id: str, today: date) -> dict[str, Any] | None:
    """Return the day so far; None where the zone has no such day."""
    system = the_system()
    try:
        report = read_report(
            system.store, place_id, today, attributions=system.attributions
        )
    except InvalidError:
        return None
    return page_of(report)


def _figure(one: LatestFigure) -> dict[str, Any]:
    rated = one.ratings.get(AMERICAN) or one.ratings.get(EUROPEAN)
    return {
        "id": one.pollutant.value,
        "name": NAMES[one.pollutant],
        "value": figure_text(from_micros(one.micros)),
        "unit": UNIT_NAMES[one.unit],
        "valid_from": one.valid_from,
        "provider": one.provider,
        "origin": one.origin.value,
        "band": band_of(rated.index.scheme, rated.index) if rated else None,
    }
