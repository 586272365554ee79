"""`airq backfills`: what was run again on purpose, and how far it is."""

from collections.abc import Sequence

import click

from airq_cron.cli.backfill import show_counts
from airq_cron.cli.documents import backfill_document
from airq_cron.cli.paging import JSON, paged, show_page, turn_to
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import show_fields, show_table
from airq_cron.domain.backfill import Progress
from airq_cron.services.cancel_backfill import cancel_backfill
from airq_cron.services.read_backfills import find_backfills, read_backfill


@click.group()
def backfills() -> None:
    """Look at backfills, and call one off."""


@backfills.command("list")
@click.option("--job", metavar="NAME", help="Only of this job.")
@paged
def list_backfills(
    job: str | None, limit: int, cursor: str | None, *, as_json: bool
) -> None:
    """List backfills, newest first."""
    store = open_system().store
    page = turn_to(
        cursor, lambda at: find_backfills(store, job=job, limit=limit, after=at)
    )
    show_page(
        page, backfill_document, _show_all, none="No such backfills.", as_json=as_json
    )


def _show_all(found: Sequence[Progress]) -> None:
    show_table(
        ("Created", "Job", "From", "To", "State", "Ended", "Of", "Id"),
        (
            (
                one.backfill.created_at,
                one.backfill.job,
                one.backfill.first,
                one.backfill.last,
                one.backfill.stage.value,
                one.ended,
                one.backfill.runs,
                one.backfill.id,
            )
            for one in found
        ),
    )


@backfills.command("show")
@click.argument("backfill_id", metavar="ID")
@JSON
def show_backfill(backfill_id: str, *, as_json: bool) -> None:
    """Show one backfill, how far it is, and its runs by state."""
    _show(read_backfill(open_system().store, backfill_id), as_json=as_json)


@backfills.command("cancel")
@click.argument("backfill_id", metavar="ID")
@JSON
def cancel(backfill_id: str, *, as_json: bool) -> None:
    """
    Cancel what has not ended of a backfill.

    What is running is stopped. One that is over stays as it is.
    """
    store = open_system().store
    cancel_backfill(store, backfill_id, by=person())
    _show(read_backfill(store, backfill_id), as_json=as_json)


def _show(found: Progress, *, as_json: bool) -> None:
    document = backfill_document(found)
    if as_json:
        print_json(document)
        return
    document.pop("states")
    show_fields(document)
    show_counts(found)
