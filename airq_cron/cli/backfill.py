"""`airq backfill`: run a job for past days."""

from datetime import datetime

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from airq_cron.cli.documents import backfill_document
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import console, open_system, person, print_json
from airq_cron.domain import backfill as domain
from airq_cron.domain.job import Overlap
from airq_cron.services.backfill import start_backfill
from airq_cron.services.read_backfills import read_backfill, wait_for_backfill
from airq_cron.system import System

LOOK_EVERY_S = 0.25
DATE = click.DateTime(["%Y-%m-%d"])
POLICIES = click.Choice([policy.value for policy in Overlap])
INTERRUPTED = 130


@click.command()
@click.argument("job")
@click.option("--from", "first", type=DATE, required=True, help="First day.")
@click.option("--to", "last", type=DATE, required=True, help="Last day, included.")
@click.option(
    "--overlap",
    type=POLICIES,
    default=Overlap.QUEUE_ALL.value,
    show_default=True,
    help="What becomes of its fire times while one of its runs is unfinished.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, domain.MOST_AT_ONCE),
    help="So many at once; 1 unless told, without a bound under allow.",
)
@click.option("--wait", is_flag=True, help="Wait until every run has ended.")
@JSON
def backfill(
    job: str,
    first: datetime,
    last: datetime,
    overlap: str,
    concurrency: int | None,
    *,
    wait: bool,
    as_json: bool,
) -> None:
    """
    Run JOB for its fire times on past days.

    The days are days in the job's zone. The workers do the runs one after the
    other; without --wait this command only enters them.
    """
    system = open_system()
    started = start_backfill(
        system.store,
        system.dispatcher,
        job,
        first=first.date(),
        last=last.date(),
        at=system.clock.now(),
        by=person(),
        overlap=Overlap(overlap),
        concurrency=concurrency,
    )
    follow_backfill(system, started, wait=wait, as_json=as_json)


def follow_backfill(
    system: System, started: domain.Backfill, *, wait: bool, as_json: bool
) -> None:
    """
    Say what was started and how to watch it, or wait until it has ended.

    Exits with code 1 when it was waited for and a run did not succeed.
    """
    if not as_json:
        click.echo(f"Backfill {started.id} of {started.job}: {started.runs} runs.")
    if wait:
        found = _wait(system, started, shown=not as_json)
    else:
        found = read_backfill(system.store, started.id)
    if as_json:
        print_json(backfill_document(found))
    elif wait:
        show_counts(found)
    else:
        click.echo(f"Watch it: airq backfills show {started.id}")
        click.echo(f"Watch its runs: airq runs list --origin {started.origin}")
    if wait and found.counts.keys() - {"succeeded"}:
        raise SystemExit(1)


def show_counts(found: domain.Progress) -> None:
    """Print how many runs are in each state."""
    for state, count in sorted(found.counts.items()):
        click.echo(f"  {state}: {count}")


def _wait(system: System, started: domain.Backfill, *, shown: bool) -> domain.Progress:
    try:
        return _watch(system, started, shown=shown)
    except KeyboardInterrupt:
        # Click would say "Aborted!", and nothing is.
        click.echo(
            f"The backfill goes on. Watch it: airq backfills show {started.id}\n"
            f"Call it off: airq backfills cancel {started.id}",
            err=True,
        )
        raise SystemExit(INTERRUPTED) from None


def _watch(system: System, started: domain.Backfill, *, shown: bool) -> domain.Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    out = console()
    shown = shown and out.is_terminal
    with Progress(*columns, console=out, disable=not shown) as progress:
        task = progress.add_task(started.job, total=started.runs)
        return wait_for_backfill(
            system.store,
            started.id,
            pause=lambda: system.clock.wait(LOOK_EVERY_S),
            shown=lambda found: progress.update(task, completed=found.ended),
        )
