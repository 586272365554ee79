"""`airq runs`: the ledger of what ran, what did not, and what is done about it."""

from collections.abc import Sequence

import click

from airq_cron.cli.documents import run_document, single_run_document
from airq_cron.cli.paging import JSON, paged, show_page, turn_to
from airq_cron.cli.run_changes import cancel, discard, retry
from airq_cron.cli.session import open_system, print_json
from airq_cron.cli.tables import duration, show_fields, show_table
from airq_cron.domain.job import Queue
from airq_cron.domain.run import Run, State
from airq_cron.ports import RunFilter
from airq_cron.services.read_runs import find_parts, find_runs, read_run

STATES = click.Choice([state.value for state in State])
QUEUES = click.Choice([queue.value for queue in Queue])


@click.group()
def runs() -> None:
    """Look into the ledger of runs; cancel, retry, discard."""


for command in (cancel, retry, discard):
    runs.add_command(command)


@runs.command("list")
@click.option("--job", metavar="NAME", help="Only of this job.")
@click.option("--state", type=STATES, help="Only in this state.")
@click.option("--queue", type=QUEUES, help="Only of this queue.")
@click.option(
    "--origin", help="Only of this origin: schedule, manual:KEY, backfill:ID."
)
@paged
def list_runs(
    job: str | None,
    state: str | None,
    queue: str | None,
    origin: str | None,
    limit: int,
    cursor: str | None,
    *,
    as_json: bool,
) -> None:
    """List runs, newest fire time first."""
    wanted = None if state is None else State(state)
    where = RunFilter(job=job, state=wanted, queue=queue, origin=origin)
    store = open_system().store
    page = turn_to(cursor, lambda at: find_runs(store, where, limit=limit, after=at))
    show_page(page, run_document, _show, none="No such runs.", as_json=as_json)


def _show(found: Sequence[Run]) -> None:
    show_table(
        ("Scheduled for", "Job", "State", "Why", "Attempt", "Took", "Id"),
        (
            (
                run.scheduled_for,
                run.job,
                run.state.value,
                run.error or run.reason,
                run.attempt,
                duration(run.started_at, run.finished_at),
                run.id,
            )
            for run in found
        ),
    )


@runs.command("show")
@click.argument("run_id", metavar="ID")
@JSON
def show_run(run_id: str, *, as_json: bool) -> None:
    """Show one run with its attempts."""
    run = read_run(open_system().store, run_id)
    document = single_run_document(run)
    if as_json:
        print_json(document)
        return
    document.pop("attempts")
    parts = document.pop("parts")
    if parts is not None:
        document["parts"] = ", ".join(
            f"{count} {word}" for word, count in parts.items()
        )
    took = duration(run.started_at, run.finished_at)
    show_fields({**document, "took": took, "result": _result(run)})
    if run.attempts:
        click.echo()
        show_table(
            ("Attempt", "Worker", "Started", "Took", "Outcome", "Error"),
            (
                (
                    one.number,
                    one.worker,
                    one.started_at,
                    duration(one.started_at, one.finished_at),
                    one.outcome,
                    one.error,
                )
                for one in run.attempts
            ),
        )


def _result(run: Run) -> str | None:
    if not run.result:
        return None
    return ", ".join(f"{name}={value}" for name, value in run.result.items())


@runs.command("parts")
@click.argument("run_id", metavar="ID")
@click.option("--state", type=STATES, help="Only in this state.")
@paged
def list_parts(
    run_id: str, state: str | None, limit: int, cursor: str | None, *, as_json: bool
) -> None:
    """List the parts of a run that was split, by number."""
    wanted = None if state is None else State(state)
    store = open_system().store
    page = turn_to(
        cursor,
        lambda at: find_parts(store, run_id, state=wanted, limit=limit, after=at),
    )
    show_page(page, run_document, _show_parts, none="No such parts.", as_json=as_json)


def _show_parts(found: Sequence[Run]) -> None:
    show_table(
        ("Part", "State", "Why", "Attempt", "Took", "Id"),
        (
            (
                run.part,
                run.state.value,
                run.error or run.reason,
                run.attempt,
                duration(run.started_at, run.finished_at),
                run.id,
            )
            for run in found
        ),
    )
