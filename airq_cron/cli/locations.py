"""`airq locations`: the places whose air is watched."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from airq_cron.cli.gaps import fill, gaps
from airq_cron.cli.paging import JSON, paged, show_page, turn_to
from airq_cron.cli.reported import reported, sources
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import show_fields, show_table
from airq_cron.domain.measurement import Location
from airq_cron.services.manage_locations import (
    add_location,
    change_location,
    describe_location,
    list_locations,
    read_location,
    remove_location,
)

LARGEST_PAGE = 1000


class Degrees(click.ParamType[Decimal]):
    """A coordinate, kept as it was typed."""

    name = "degrees"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the exact number; anything else is a wrong call."""
        try:
            return Decimal(value)
        except InvalidOperation:
            self.fail(f"{value!r} is not a number of degrees", param, ctx)


PROVIDERS = click.option(
    "--provider",
    "providers",
    multiple=True,
    metavar="ID",
    help="Who speaks for it; repeat it in order of preference.",
)


@click.group()
def locations() -> None:
    """Look at places, add, change and remove them."""


locations.add_command(sources)
locations.add_command(reported)
locations.add_command(gaps)
locations.add_command(fill)


@locations.command("list")
@paged
def list_places(limit: int, cursor: str | None, *, as_json: bool) -> None:
    """List the locations by id."""
    store = open_system().store
    page = turn_to(cursor, lambda at: list_locations(store, limit=limit, after=at))
    show_page(page, describe_location, _show_all, none="No locations.", as_json=as_json)


def _show_all(places: Sequence[Location]) -> None:
    show_table(
        ("Id", "Name", "Latitude", "Longitude", "Zone", "Providers", "On"),
        (
            (
                place.id,
                place.name,
                place.lat,
                place.lon,
                place.zone,
                ", ".join(place.written_providers),
                place.enabled,
            )
            for place in places
        ),
    )


@locations.command("show")
@click.argument("location_id", metavar="ID")
@JSON
def show_place(location_id: str, *, as_json: bool) -> None:
    """Show one location."""
    _show(read_location(open_system().store, location_id), as_json=as_json)


@locations.command("add")
@click.argument("location_id", metavar="ID")
@click.option("--name", required=True, help="What people call it.")
@click.option("--lat", type=Degrees(), required=True, help="Degrees north.")
@click.option("--lon", type=Degrees(), required=True, help="Degrees east.")
@click.option(
    "--zone", required=True, help="IANA zone, such as Europe/Paris: its days are those."
)
@PROVIDERS
@JSON
def add(
    location_id: str,
    name: str,
    lat: Decimal,
    lon: Decimal,
    zone: str,
    providers: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """
    Add a location; it is fetched from the next minute on.

    Without --provider the default upstream speaks for it. ID is part of
    addresses: lower-case letters, digits and inner hyphens.
    """
    system = open_system()
    wanted = Location(location_id, name, lat, lon, zone, tuple(providers))
    place = add_location(system.store, wanted, providers=system.upstreams, by=person())
    _show(place, as_json=as_json)


@locations.command("update")
@click.argument("location_id", metavar="ID")
@click.option("--name", help="What people call it.")
@click.option("--lat", type=Degrees(), help="Degrees north.")
@click.option("--lon", type=Degrees(), help="Degrees east.")
@click.option("--zone", help="IANA zone, such as Europe/Paris.")
@PROVIDERS
@click.option("--on/--off", "enabled", default=None, help="Whether it is fetched.")
@JSON
def update(location_id: str, *, as_json: bool, **options: Any) -> None:
    """Change a location; what is not named stays as it is."""
    changes = {
        name: value for name, value in options.items() if value not in (None, ())
    }
    if not changes:
        raise click.UsageError("Name something to change; see --help.")
    system = open_system()
    place = change_location(
        system.store, location_id, changes, providers=system.upstreams, by=person()
    )
    _show(place, as_json=as_json)


@locations.command("remove")
@click.argument("location_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(location_id: str, *, yes: bool) -> None:
    """Remove a location with everything measured there."""
    store = open_system().store
    place = read_location(store, location_id)
    if not yes:
        question = f"Remove {place.name} and everything measured there?"
        click.confirm(question, abort=True, err=True)
    remove_location(store, location_id, by=person())
    click.echo(f"{location_id} is gone.")


def _show(place: Location, *, as_json: bool) -> None:
    document = describe_location(place)
    if as_json:
        print_json(document)
    else:
        providers = ", ".join(place.written_providers)
        exact = {"lat": place.lat, "lon": place.lon, "providers": providers}
        show_fields({**document, **exact})
