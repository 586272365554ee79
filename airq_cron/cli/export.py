"""`airq export`: the figures of a place as CSV or JSON."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from airq_cron.cli.paging import JSON
from airq_cron.cli.session import open_system
from airq_cron.domain.moment import read_moment
from airq_cron.domain.pollutant import Pollutant
from airq_cron.services.export_air import Batch, Export, What, csv_chunks, export_air
from airq_cron.services.read_air import AirQuery, Moment

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
POLLUTANTS = click.Choice([one.value for one in Pollutant])


@click.command()
@click.argument("location_id", metavar="ID")
@click.option(
    "--what",
    type=click.Choice([one.value for one in What]),
    default=What.HOURLY.value,
    show_default=True,
    help="Measurements, hourly figures, or statistics of local days.",
)
@click.option("--from", "since", metavar="TIME", help="A local day, or an instant.")
@click.option("--to", "until", metavar="TIME", help="A local day, included; now.")
@click.option("--pollutant", type=POLLUTANTS, help="Only this one.")
@click.option("--provider", metavar="ID", help="Only its figures.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write to this file instead of standard output.",
)
@JSON
def export(
    location_id: str,
    what: str,
    since: str | None,
    until: str | None,
    output: Path | None,
    *,
    as_json: bool,
    **filters: str | None,
) -> None:
    """
    Write the figures of a place as CSV, with whom to name for them in its head.

    At most 366 days at once.
    """
    system = open_system()
    pollutant = filters["pollutant"]
    query = AirQuery(
        since=_moment(since, "--from"),
        until=_moment(until, "--to"),
        pollutant=None if pollutant is None else Pollutant(pollutant),
        provider=filters["provider"],
    )
    found = export_air(
        system.store,
        What(what),
        location_id,
        query,
        attributions=system.attributions,
    )
    write = _json_chunks if as_json else csv_chunks
    if output is None:
        _write(write(found), sys.stdout)
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        _write(write(_shown(found)), file)
    click.echo(f"Written: {output}")


def _moment(text: str | None, option: str) -> Moment | None:
    if text is None:
        return None
    if DAY.fullmatch(text) is None:
        return read_moment(text, "UTC", field=option)[0].astimezone(UTC)
    # Noon: so that the bounds of the calendar are checked in one place.
    return read_moment(f"{text}T12:00Z", "UTC", field=option)[0].date()


def _write(chunks: Iterator[str], file: TextIO) -> None:
    for chunk in chunks:
        file.write(chunk)
    file.flush()


def _json_chunks(found: Export) -> Iterator[str]:
    """Yield one JSON document; its items are the rows, by the names of the columns."""
    head = {"location": found.location.id, "attribution": found.attribution}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "items": ['
    comma = ""
    for batch in found.batches:
        for row in batch.rows:
            item = dict(zip(found.columns, row, strict=True))
            yield comma + "\n  " + json.dumps(item, ensure_ascii=False)
            comma = ","
    yield '\n], "next_cursor": null}\n'


def _shown(found: Export) -> Export:
    """Return *found* with a bar that moves while it is read, on a terminal."""
    return replace(found, batches=_watched(found))


def _watched(found: Export) -> Iterator[Batch]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
    )
    out, rows = Console(stderr=True), 0
    with Progress(*columns, console=out, disable=not out.is_terminal) as progress:
        task = progress.add_task(f"exporting {found.what}", total=1.0, rows=0)
        for batch in found.batches:
            rows += len(batch.rows)
            yield batch
            progress.update(task, completed=batch.share, rows=rows)
