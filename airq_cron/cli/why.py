"""`airq jobs why`: why a job did, or did not, run."""

import click

from airq_cron.cli.explanation import explanation_document
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import open_system, print_json
from airq_cron.cli.tables import moment, show_table
from airq_cron.services.explain import Explanation, HourRecord, Story, explain_run


@click.command("why")
@click.argument("name")
@click.argument("time", default="last", metavar="[TIME]")
@JSON
def why(name: str, time: str, *, as_json: bool) -> None:
    """
    Tell why a job did, or did not, run at TIME.

    TIME is an instant such as 2026-10-25T00:30:00Z, a local time of the job's
    zone such as "2026-10-25 02:30", or `last` for its last fire time.
    """
    found = explain_run(open_system().store, name, time)
    if as_json:
        print_json(explanation_document(found))
        return
    click.echo(f"{found.job} at {moment(found.scheduled_for)} ({found.local})")
    click.echo(found.verdict)
    for story in found.runs:
        _tell(story)
    if not found.runs:
        _tell_beside(found)


def _tell(story: Story) -> None:
    run = story.run
    click.echo(f"\nRun {run.id}, {run.origin}: {run.state.value}")
    show_table(
        ("Time", "Event", "What happened", "By"),
        (
            (
                event.at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z",
                event.event,
                event.text,
                event.by,
            )
            for event in story.timeline
        ),
    )


def _tell_beside(found: Explanation) -> None:
    if found.hour is not None:
        click.echo(_hour(found.hour))
    for words, at in (
        ("Fire time before", found.previous_fire_at),
        ("Next fire time", found.next_fire_at),
    ):
        if at is not None:
            click.echo(f"{words}: {moment(at)}")


def _hour(record: HourRecord) -> str:
    ends = record.figures.totals.items()
    counts = ", ".join(f"{count} {end}" for end, count in ends if count)
    return f"In the hour from {moment(record.hour)}: {counts}."
