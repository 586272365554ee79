"""`airq cleanup`: remove what is past its time, or say what would go."""

from uuid import uuid4

import click

from airq_cron.cli.documents import instant, single_run_document
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import show_table
from airq_cron.domain.job import Overlap
from airq_cron.services.cleanup import CLEANUP_JOB, DAY, Line, find_expired
from airq_cron.services.trigger import trigger_job
from airq_cron.system import System


@click.command("cleanup")
@click.option("--dry-run", is_flag=True, help="Remove nothing; show what would go.")
@JSON
def cleanup(*, dry_run: bool, as_json: bool) -> None:
    """
    Start a run that removes what is past its time.

    Measurements, figures and reports of days are kept for ever. Exit code 4 when
    a cleanup is under way.
    """
    system = open_system()
    if dry_run:
        return _preview(system, as_json=as_json)
    kept = system.settings.duplicate_prevention
    run = trigger_job(
        system.store,
        system.dispatcher,
        CLEANUP_JOB,
        key=str(uuid4()),
        by=person(),
        overlap=None if kept else Overlap.ALLOW,
    )
    if as_json:
        return print_json(single_run_document(run))
    click.echo(f"Run {run.id} cleans up.\nWatch it: airq runs show {run.id}")
    return None


def _preview(system: System, *, as_json: bool) -> None:
    at = system.clock.now()
    lines = find_expired(system.store, at, system.premises)
    if as_json:
        kinds = [_document(line) for line in lines]
        return print_json({"kinds": kinds, "as_of": instant(at)})
    show_table(
        ("kind", "would go", "oldest", "kept, days", "kept, of a job"),
        [
            (line.kind, line.count, line.oldest, line.age // DAY, line.kept)
            for line in lines
        ],
    )
    return None


def _document(line: Line) -> dict[str, object]:
    return {
        "kind": line.kind,
        "count": line.count,
        "oldest": instant(line.oldest),
        "age_days": line.age // DAY,
        "kept": line.kept,
    }
