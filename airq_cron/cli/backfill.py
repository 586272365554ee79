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

from airq_cron.cli.session import console, open_system, print_json
from airq_cron.services.backfill import Backfill, start_backfill, wait_for
from airq_cron.system import System

LOOK_EVERY_S = 0.25
DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("job")
@click.option("--from", "first", type=DATE, required=True, help="First day.")
@click.option("--to", "last", type=DATE, required=True, help="Last day, included.")
@click.option("--wait", is_flag=True, help="Wait until every run has ended.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backfill(
    job: str, first: datetime, last: datetime, *, wait: bool, as_json: bool
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
    )
    counts = _wait(system, started, shown=not as_json) if wait else None
    _report(started, counts, as_json=as_json)
    if counts is not None and counts.keys() - {"succeeded"}:
        raise SystemExit(1)


def _wait(system: System, started: Backfill, *, shown: bool) -> dict[str, int]:
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
        return wait_for(
            system.store,
            started,
            pause=lambda: system.clock.wait(LOOK_EVERY_S),
            progress=lambda done: progress.update(task, completed=done),
        )


def _report(started: Backfill, counts: dict[str, int] | None, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "id": started.id,
                "job": started.job,
                "runs": started.runs,
                "states": counts,
            }
        )
        return
    click.echo(f"Backfill {started.id} of {started.job}: {started.runs} runs.")
    if counts is None:
        click.echo(f"Watch them: airq runs list --origin {started.origin}")
        return
    for state, count in sorted(counts.items()):
        click.echo(f"  {state}: {count}")
