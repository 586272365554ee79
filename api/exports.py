"""Figures as CSV, streamed, and whom to name for figures in whatever form."""

from collections.abc import Iterator
from typing import Any

from flask import Response

from airq_cron.domain.page import Page
from airq_cron.services.export_air import What, csv_chunks, export_air
from airq_cron.services.read_air import AirQuery
from airq_cron.services.read_days import DayReports

from .context import the_system

ATTRIBUTION = "X-Attribution"


def answer_csv(what: What, location_id: str, query: AirQuery) -> Response:
    """
    Return the whole period as CSV; what is wrong with it is told before it begins.

    Raises as `export_air` does.
    """
    system = the_system()
    export = export_air(
        system.store, what, location_id, query, attributions=system.attributions
    )
    chunks = (chunk.encode() for chunk in csv_chunks(export))
    answer = Response(chunks, mimetype="text/csv")
    name = f"{location_id}-{what}-{export.period.start:%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers[ATTRIBUTION] = _header(export.attribution)
    answer.vary.update(("Accept", "Authorization"))
    return answer


def with_sources(found: Page[Any] | DayReports) -> tuple[Any, int, dict[str, str]]:
    """Return *found* as an answer whose header says whom to name for it."""
    known = the_system().attributions
    names = sorted(set(_providers(found)))
    line = " | ".join(f"{name}: {known.get(name, name)}" for name in names)
    return found, 200, {ATTRIBUTION: _header(line)} if names else {}


def _providers(found: Page[Any] | DayReports) -> Iterator[str]:
    if isinstance(found, Page):
        yield from (row.provider for row in found.items)
        return
    for day in found.items:
        yield from (row.provider for row in day.pollutants.values())


def _header(line: str) -> str:
    # A header is of plain characters; the CSV's own head has the line as it is.
    return line.encode("ascii", "replace").decode()
