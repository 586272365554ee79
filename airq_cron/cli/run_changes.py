"""`airq runs cancel|retry|discard`: what people do with single runs."""

from collections.abc import Callable, Sequence

import click

from airq_cron.cli.documents import single_run_document
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import exit_code, explain, open_system, person, print_json
from airq_cron.domain.run import Run
from airq_cron.errors import AirqError
from airq_cron.services.cancel_run import cancel_run
from airq_cron.services.discard_run import discard_run
from airq_cron.services.retry_run import retry_run

IDS = click.argument("ids", nargs=-1, required=True, metavar="ID...")
REASON = click.option("--reason", metavar="TEXT", help="Why; kept in the audit trail.")


@click.command("cancel")
@IDS
@REASON
@JSON
def cancel(ids: tuple[str, ...], reason: str | None, *, as_json: bool) -> None:
    """
    Cancel runs that have not ended, with their parts.

    A run that is under way is stopped within seconds, and writes nothing more.
    Exit code 4 when one has ended already.
    """
    system, by = open_system(), person()
    store, dispatcher = system.store, system.dispatcher

    def one(run_id: str) -> Run:
        return cancel_run(store, dispatcher, run_id, by=by, reason=reason)

    change_each(ids, one, word="cancelled", as_json=as_json)


@click.command("retry")
@IDS
@JSON
def retry(ids: tuple[str, ...], *, as_json: bool) -> None:
    """
    Start failed and dead runs again, each under its id.

    Of a run with parts, only those start again that did not succeed. A retried
    run may run beside a later one of its job. Exit code 4 when one is neither
    failed nor dead.
    """
    system, by = open_system(), person()

    def one(run_id: str) -> Run:
        return retry_run(system.store, system.dispatcher, run_id, by=by)

    change_each(ids, one, word="retried", as_json=as_json)


@click.command("discard")
@IDS
@REASON
@JSON
def discard(ids: tuple[str, ...], reason: str | None, *, as_json: bool) -> None:
    """
    Take failed and dead runs off the list of dead letters.

    They stay in the ledger. Exit code 4 when one is neither failed nor dead.
    """
    system, by = open_system(), person()

    def one(run_id: str) -> Run:
        return discard_run(system.store, run_id, by=by, reason=reason)

    change_each(ids, one, word="discarded", as_json=as_json)


def change_each(
    ids: Sequence[str], change: Callable[[str], Run], *, word: str, as_json: bool
) -> None:
    """
    Change each of the runs, and say what became of it.

    One that is refused does not stop the others; the first refusal's exit code
    is that of the command.
    """
    changed: list[Run] = []
    refused: list[AirqError] = []
    for run_id in ids:
        try:
            changed.append(change(run_id))
        except AirqError as error:
            refused.append(error)
            click.echo(f"airq: {explain(error)}", err=True)
    if as_json:
        print_json([single_run_document(run) for run in changed])
    else:
        for run in changed:
            click.echo(f"Run {run.id} of {run.job} {word}; it is {run.state.value}.")
    if refused:
        raise SystemExit(exit_code(refused[0]))
