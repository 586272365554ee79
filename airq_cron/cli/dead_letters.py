"""`airq dead-letters`: runs that failed for good, and wait for a person."""

from collections.abc import Callable, Sequence

import click

from airq_cron.cli.explanation import letter_document
from airq_cron.cli.options import instant_option
from airq_cron.cli.paging import JSON, paged, show_page, turn_to
from airq_cron.cli.run_changes import change_each
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import show_table
from airq_cron.domain.run import Run
from airq_cron.ports import LetterFilter
from airq_cron.services.dead_letters import (
    MOST,
    discard_dead_letters,
    find_dead_letters,
    retry_dead_letters,
)
from airq_cron.services.discard_run import discard_run
from airq_cron.services.retry_run import retry_run

IDS = click.argument("ids", nargs=-1, metavar="[ID]...")
JOB = click.option("--job", metavar="NAME", help="Those of this job, with --all.")
ALL = click.option("--all", "every", is_flag=True, help="All of the job, newest first.")
LIMIT = click.option(
    "--limit",
    type=click.IntRange(1, MOST),
    default=MOST,
    show_default=True,
    help="With --all, at most so many.",
)


@click.group("dead-letters")
def dead_letters() -> None:
    """See to runs that failed for good."""


@dead_letters.command("list")
@click.option("--job", metavar="NAME", help="Only of this job.")
@click.option("--since", metavar="TIME", help="Due at this time (UTC) or later.")
@click.option("--until", metavar="TIME", help="Due before this time (UTC).")
@paged
def list_letters(
    job: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
    *,
    as_json: bool,
) -> None:
    """List failed and dead runs that were not discarded, newest fire time first."""
    where = LetterFilter(
        job, instant_option(since, "--since"), instant_option(until, "--until")
    )
    store = open_system().store
    page = turn_to(
        cursor, lambda at: find_dead_letters(store, where, limit=limit, after=at)
    )
    show_page(page, letter_document, _show, none="No dead letters.", as_json=as_json)


def _show(found: Sequence[Run]) -> None:
    titles = ("Scheduled for", "Job", "State", "Attempts", "Last error", "Id")
    show_table(
        titles,
        (
            (
                run.scheduled_for,
                run.job,
                run.state.value,
                run.attempt,
                run.last_error,
                run.id,
            )
            for run in found
        ),
    )


@dead_letters.command("retry")
@IDS
@JOB
@ALL
@LIMIT
@JSON
def retry(
    ids: tuple[str, ...], job: str | None, limit: int, *, every: bool, as_json: bool
) -> None:
    """
    Start dead letters again: some by id, or --all of a --job.

    A retried run may run beside a later one of its job.
    """
    system, by = open_system(), person()
    store, dispatcher = system.store, system.dispatcher
    _see_to(
        ids,
        job if every else None,
        each=lambda run_id: retry_run(store, dispatcher, run_id, by=by),
        many=lambda where: retry_dead_letters(
            store, dispatcher, where, by=by, limit=limit
        ),
        word="retried",
        as_json=as_json,
    )


@dead_letters.command("discard")
@IDS
@JOB
@ALL
@LIMIT
@JSON
def discard(
    ids: tuple[str, ...], job: str | None, limit: int, *, every: bool, as_json: bool
) -> None:
    """
    Take dead letters off the list: some by id, or --all of a --job.

    Their runs stay in the ledger until retention removes them.
    """
    store, by = open_system().store, person()
    _see_to(
        ids,
        job if every else None,
        each=lambda run_id: discard_run(store, run_id, by=by),
        many=lambda where: discard_dead_letters(store, where, by=by, limit=limit),
        word="discarded",
        as_json=as_json,
    )


def _see_to(
    ids: Sequence[str],
    job: str | None,
    *,
    each: Callable[[str], Run],
    many: Callable[[LetterFilter], int],
    word: str,
    as_json: bool,
) -> None:
    if (job is None) == (not ids):
        raise click.UsageError("Name some ids, or all of one job: --job NAME --all.")
    if job is None:
        change_each(ids, each, word=word, as_json=as_json)
        return
    count = many(LetterFilter(job=job))
    if as_json:
        print_json({word: count})
    else:
        click.echo(f"{count} dead letters of {job} {word}.")
