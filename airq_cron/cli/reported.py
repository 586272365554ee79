"""`airq locations sources` and `reported`: what providers say beside concentrations."""

from collections.abc import Sequence

import click

from airq_cron.cli.documents import Document, instant
from airq_cron.cli.paging import JSON, paged, show_page, turn_to
from airq_cron.cli.session import open_system
from airq_cron.cli.tables import moment, show_table
from airq_cron.domain.reported import ReportedIndex
from airq_cron.domain.source import Source
from airq_cron.services.read_reported import read_reported, read_sources


@click.command("sources")
@click.argument("location_id", metavar="ID")
@JSON
def sources(location_id: str, *, as_json: bool) -> None:
    """List the stations behind its readings, whom to name, and the licence."""
    page = read_sources(open_system().store, location_id)
    none = "No station; models have none."
    show_page(page, source_document, _show_sources, none=none, as_json=as_json)


@click.command("reported")
@click.argument("location_id", metavar="ID")
@paged
def reported(
    location_id: str, limit: int, cursor: str | None, *, as_json: bool
) -> None:
    """List indices as providers reported them; we did not compute these."""
    store = open_system().store
    page = turn_to(
        cursor, lambda at: read_reported(store, location_id, limit=limit, after=at)
    )
    none = "No reported indices."
    show_page(page, reported_document, _show_reported, none=none, as_json=as_json)


def source_document(source: Source) -> Document:
    """Return the station as the API does."""
    return {
        "provider": source.provider,
        "pollutant": source.pollutant.value,
        "station": source.station,
        "name": source.name,
        "distance_m": source.distance_m,
        "attribution": source.attribution,
        "licence": source.licence,
        "first_at": instant(source.first_at),
        "last_at": instant(source.last_at),
        "seen_at": instant(source.seen_at),
    }


def reported_document(index: ReportedIndex) -> Document:
    """Return the index as the API does."""
    return {
        "provider": index.provider,
        "scheme": index.scheme,
        "value": index.value,
        "main_pollutant": index.main_pollutant and index.main_pollutant.value,
        "valid_at": instant(index.valid_at),
        "fetched_at": instant(index.fetched_at),
        "place": index.place,
        "distance_m": index.distance_m,
        "may_serve": index.may_serve,
    }


def _show_sources(found: Sequence[Source]) -> None:
    show_table(
        ("Pollutant", "Station", "Name", "Metres", "Last hour", "Licence", "To name"),
        (
            (
                one.pollutant.value,
                f"{one.provider}:{one.station}",
                one.name,
                one.distance_m,
                moment(one.last_at),
                one.licence or None,
                one.attribution,
            )
            for one in found
        ),
    )


def _show_reported(found: Sequence[ReportedIndex]) -> None:
    show_table(
        ("At", "Provider", "Index", "Value", "Main pollutant", "Place", "Metres"),
        (
            (
                moment(one.valid_at),
                one.provider,
                one.scheme,
                one.value,
                one.main_pollutant and one.main_pollutant.value,
                one.place,
                one.distance_m,
            )
            for one in found
        ),
    )
