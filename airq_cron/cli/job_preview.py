"""`airq jobs preview`: when a job fires, and what a change would do to that."""

import re
from datetime import date, datetime
from typing import Any

import click

from airq_cron.cli.documents import preview_document
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import open_system, print_json
from airq_cron.cli.tables import show_table
from airq_cron.domain.firing import Novelty
from airq_cron.domain.moment import read_moment
from airq_cron.domain.page import decode_cursor
from airq_cron.errors import InvalidError
from airq_cron.services.manage_jobs import read_job
from airq_cron.services.preview import (
    LARGEST_PAGE,
    Preview,
    PreviewQuery,
    preview_job,
)

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SIGNS = {Novelty.ADDED: "+", Novelty.REMOVED: "-", Novelty.KEPT: " "}


@click.command("preview")
@click.argument("name")
@click.option("--from", "since", metavar="WHEN", help="A day or an instant; else now.")
@click.option("--to", "until", metavar="WHEN", help="Else one day after --from.")
@click.option("--schedule", help="A schedule to set against the present one.")
@click.option("--timezone", "zone", metavar="ZONE", help="A zone, likewise.")
@click.option(
    "--limit",
    type=click.IntRange(1, LARGEST_PAGE),
    default=LARGEST_PAGE,
    show_default=True,
    help="At most so many.",
)
@click.option("--cursor", help="Go on where the last page ended.")
@JSON
def preview(name: str, *, as_json: bool, **options: Any) -> None:
    """
    Show when a job fires, in UTC and in its own zone.

    With --schedule or --timezone it shows what a change would add (+), remove (-)
    and keep. The mark gap is a time that clocks skip, fold one they show twice.
    """
    system = open_system()
    place = options["zone"] or read_job(system.store, name).zone
    query = PreviewQuery(
        since=_moment(options["since"], place, "--from"),
        until=_moment(options["until"], place, "--to"),
        schedule=options["schedule"],
        zone=options["zone"],
        limit=options["limit"],
        after=_cursor(options["cursor"]),
    )
    shortest = system.settings.shortest_period
    found = preview_job(system.store, name, query, shortest=shortest)
    if as_json:
        print_json(preview_document(found))
    else:
        _show(found)


def _moment(text: str | None, zone: str, option: str) -> datetime | date | None:
    if text is None:
        return None
    if DAY.fullmatch(text) is None:
        return read_moment(text, zone, field=option)[0]
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(option, "there is no such day") from error
    if not 1970 <= day.year < 2100:
        raise InvalidError(option, "must lie between 1970 and 2100")
    return day


def _cursor(cursor: str | None) -> tuple[str, ...] | None:
    if cursor is None:
        return None
    try:
        (place,) = decode_cursor(cursor)
        datetime.fromisoformat(place)
    except ValueError as error:
        raise InvalidError("--cursor", "is not the end of a page") from error
    return (place,)


def _show(found: Preview) -> None:
    items = found.page.items
    proposed = any(one.novelty for one in items)
    titles = ("", "Fires at", "Local time", "Mark")
    rows = [
        (
            SIGNS[one.novelty] if one.novelty else "",
            one.at,
            one.local,
            one.mark.value if one.mark else None,
        )
        for one in items
    ]
    start = 0 if proposed else 1
    if rows:
        show_table(titles[start:], (row[start:] for row in rows))
    else:
        click.echo("It does not fire in this time.")
    following = preview_document(found)["next_cursor"]
    if following is not None:
        click.echo(f"There are more: --cursor {following}")
