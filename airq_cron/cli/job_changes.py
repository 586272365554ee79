"""`airq jobs create`, `update`, `delete`, `pause`, `resume`, `reset`."""

from typing import Any

import click

from airq_cron.cli.documents import job_document
from airq_cron.cli.job_options import KIND, definition_given, policy_options
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import moment
from airq_cron.domain.job import Job
from airq_cron.services.manage_jobs import (
    change_job,
    create_job,
    delete_job,
    read_job,
    reset_job,
)
from airq_cron.services.pause import pause_job, resume_job

SCHEDULE = "Five cron fields, 'every 30s', 'at 2026-01-01T00:00:00Z' or 'never'."


@click.command("create")
@click.argument("name")
@click.option("--kind", type=KIND, required=True, help="What its runs do.")
@click.option("--schedule", required=True, help=SCHEDULE)
@policy_options
@JSON
def create(name: str, *, as_json: bool, **options: Any) -> None:
    """
    Make a job; it looks ahead from now.

    The kind fetch takes --param location=ID, backfill takes --param job=NAME and
    --param days=N, the others take none.
    """
    system = open_system()
    values = definition_given(options, kind=options["kind"])
    shortest = system.settings.shortest_period
    job = create_job(system.store, name, values, by=person(), shortest=shortest)
    tell(job, as_json=as_json)


@click.command("update")
@click.argument("name")
@click.option("--schedule", help=SCHEDULE)
@policy_options
@JSON
def update(name: str, *, as_json: bool, **options: Any) -> None:
    """
    Change a job; what is not named stays as it is.

    What is changed of a job from code stays so over deploys, until it is reset.
    """
    system = open_system()
    kind = read_job(system.store, name).kind
    changes = definition_given(options, kind=kind)
    if not changes:
        raise click.UsageError("Name something to change; see --help.")
    shortest = system.settings.shortest_period
    job = change_job(system.store, name, changes, by=person(), shortest=shortest)
    tell(job, as_json=as_json)


@click.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; ask nothing.")
def delete(name: str, *, yes: bool, as_json: bool) -> None:
    """
    Delete a job that people made; its unfinished runs are cancelled.

    The runs that ended stay in the ledger.
    """
    store = open_system().store
    job = read_job(store, name)
    if job.source != "code" and not (yes or as_json):
        click.confirm(f"Delete {name} and cancel its runs?", abort=True, err=True)
    delete_job(store, name, by=person())
    if as_json:
        print_json({"name": name, "deleted": True})
    else:
        click.echo(f"{name} is gone.")


@click.command("pause")
@click.argument("name")
@click.option("--note", default="", help="Why; it is shown until the job resumes.")
@JSON
def pause(name: str, note: str, *, as_json: bool) -> None:
    """Switch a job off and say why; runs that exist go on."""
    job = pause_job(open_system().store, name, note=note, by=person())
    tell(job, as_json=as_json)


@click.command("resume")
@click.argument("name")
@JSON
def resume(name: str, *, as_json: bool) -> None:
    """Switch a job on; it looks ahead only."""
    tell(resume_job(open_system().store, name, by=person()), as_json=as_json)


@click.command("reset")
@click.argument("name")
@JSON
def reset(name: str, *, as_json: bool) -> None:
    """Make a job from code again what code says."""
    tell(reset_job(open_system().store, name, by=person()), as_json=as_json)


def tell(job: Job, *, as_json: bool) -> None:
    """Print how *job* is now: whether it is on, and when it fires next."""
    if as_json:
        print_json(job_document(job))
    elif not job.enabled:
        click.echo(
            f"{job.name} is off: {job.note}" if job.note else f"{job.name} is off."
        )
    elif job.next_due_at is None:
        click.echo(f"{job.name} is on, and never fires again.")
    else:
        due = moment(job.next_due_at)
        click.echo(f"{job.name} is on, and fires next at {due}.")


CHANGES = (create, update, delete, pause, resume, reset)
