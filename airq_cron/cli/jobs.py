"""`airq jobs`: what runs, when, and how it went; on, off, and by hand."""

from collections.abc import Mapping
from uuid import uuid4

import click

from airq_cron.cli.documents import (
    single_job_document,
    single_run_document,
    stats_document,
)
from airq_cron.cli.job_changes import CHANGES, tell
from airq_cron.cli.job_preview import preview
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import length, moment, show_fields, show_table
from airq_cron.cli.why import why
from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.limits import limits_of
from airq_cron.domain.retry import Backoff
from airq_cron.domain.run import ENDED, Run, State
from airq_cron.errors import NotFoundError
from airq_cron.services.manage_jobs import describe_job
from airq_cron.services.read_runs import wait_for_run
from airq_cron.services.read_stats import JobReport, read_stats
from airq_cron.services.toggle import toggle_job
from airq_cron.services.trigger import trigger_job

LOOK_EVERY_S = 0.25


@click.group()
def jobs() -> None:
    """Look at jobs, make and change them, and start them by hand."""


for command in (*CHANGES, preview, why):
    jobs.add_command(command)


@jobs.command("list")
@JSON
def list_jobs(*, as_json: bool) -> None:
    """List every job with its schedule and its last run."""
    stats = read_stats(open_system().store)
    if as_json:
        print_json(stats_document(stats))
        return
    show_table(
        ("Name", "Schedule", "Zone", "On", "Queue", "Last run", "Ended", "Next run"),
        (
            (
                one.job.name,
                one.job.schedule,
                one.job.zone,
                one.job.enabled,
                one.job.queue.value,
                one.last_run.state.value if one.last_run else None,
                one.last_run.finished_at if one.last_run else None,
                one.next_run_at,
            )
            for one in stats.jobs
        ),
    )


@jobs.command("show")
@click.argument("name")
@JSON
def show_job(name: str, *, as_json: bool) -> None:
    """Show one job with its policies and figures."""
    stats = read_stats(open_system().store)
    found = next((one for one in stats.jobs if one.job.name == name), None)
    if found is None:
        raise NotFoundError("job", name)
    if as_json:
        print_json(single_job_document(found))
        return
    show_fields(_fields(found))


def _fields(report: JobReport) -> dict[str, object]:
    job, last = report.job, report.last_run
    ended = ", ".join(f"{count} {end}" for end, count in report.totals.items() if count)
    rate = report.figures.success_rate
    return {
        "name": job.name,
        "description": job.description,
        "category": job.category,
        "kind": job.kind,
        "parameters": _pairs(job.params),
        "schedule": f"{job.schedule} ({job.zone})",
        "on": job.enabled,
        "note": job.note,
        **_policies(job),
        "from": f"{job.source}, version {job.version}",
        "changed, code says": _pairs(describe_job(job)["overrides"]),
        "next run": report.next_run_at,
        "last run": last and f"{last.state.value}, {moment(last.scheduled_for)}",
        "runs": ended or "none yet",
        "success, 24 h": None if rate is None else f"{rate:.1%}",
        "duration, 24 h": _measures(report.duration),
        "lateness, 24 h": _measures(report.punctuality),
    }


def _policies(job: Job) -> dict[str, object]:
    limits, rule, late = limits_of(job), job.retry, job.catchup
    catchup = f"{late.mode}, at most {late.cap}" if late.cap else late.mode
    if late.window is not None:
        catchup += f", within {length(late.window.total_seconds())}"
    retries = f"{rule.attempts}, backoff {rule.backoff.value}"
    if rule.backoff is Backoff.FIXED:
        retries += f", {length(rule.delay_s)}"
    elif rule.backoff is Backoff.EXPONENTIAL:
        retries += f" from {length(rule.delay_s)} to {length(rule.cap_s)}"
    margin = limits.start_margin_s
    return {
        "queue": f"{job.queue.value}, priority {job.priority.value}",
        "overlap": job.overlap.value,
        "catch-up": catchup,
        "attempts": retries,
        "time limit": f"{limits.time_limit_s} s, told after {limits.soft_limit_s} s",
        "run limit": f"{limits.run_limit_s} s",
        "start margin": None if margin is None else f"{margin} s",
        "jitter": f"up to {job.jitter_s} s" if job.jitter_s else None,
        "pause after": job.pause_after and f"{job.pause_after} failures in a row",
    }


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in values.items())


def _measures(measures: dict[str, float | None]) -> str | None:
    known = {name: value for name, value in measures.items() if value is not None}
    if not known:
        return None
    return ", ".join(f"{name} {length(ms / 1000)}" for name, ms in known.items())


@jobs.command("toggle")
@click.argument("name")
@click.option("--on/--off", "enabled", default=None, help="Instead of turning it over.")
@JSON
def toggle(name: str, *, enabled: bool | None, as_json: bool) -> None:
    """
    Switch a job on or off.

    A job that is switched on looks ahead only: fire times that passed while it
    was off are not made up for.
    """
    system = open_system()
    if enabled is None:
        with system.store.read() as unit:
            enabled = not unit.jobs.get(name).enabled
    tell(toggle_job(system.store, name, enabled=enabled, by=person()), as_json=as_json)


@jobs.command("run")
@click.argument("name")
@click.option(
    "--key",
    help="The same key gives the run of the first call, whatever became of it.",
)
@click.option(
    "--overlap",
    type=click.Choice([policy.value for policy in Overlap]),
    help="For this run, instead of the job's policy.",
)
@click.option("--wait", is_flag=True, help="Wait until the run has ended.")
@JSON
def run_job(
    name: str, *, key: str | None, overlap: str | None, wait: bool, as_json: bool
) -> None:
    """
    Start a run of a job now.

    Exit code 4 when its overlap policy refuses a run beside an unfinished one;
    with --wait, 1 when the run ends in anything but success.
    """
    system = open_system()
    usual = None if system.settings.duplicate_prevention else Overlap.ALLOW
    run = trigger_job(
        system.store,
        system.dispatcher,
        name,
        key=key or str(uuid4()),
        by=person(),
        overlap=Overlap(overlap) if overlap else usual,
    )
    if wait:
        run = wait_for_run(
            system.store, run.id, pause=lambda: system.clock.wait(LOOK_EVERY_S)
        )
    if as_json:
        print_json(single_run_document(run))
    else:
        click.echo(_sentence(run))
    if wait and run.state is not State.SUCCEEDED:
        raise SystemExit(1)


def _sentence(run: Run) -> str:
    told = f"Run {run.id} of {run.job} is {run.state.value}"
    if run.state not in ENDED:
        return f"{told}.\nWatch it: airq runs show {run.id}"
    because = run.error or run.reason
    return f"{told}: {because}" if because else f"{told}."
