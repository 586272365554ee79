"""`airq config`: every setting, and where its value comes from."""

from dataclasses import asdict

import click

from airq_cron.cli.paging import JSON
from airq_cron.cli.session import print_json, settings_here
from airq_cron.cli.tables import show_table
from airq_cron.config import describe


@click.command("config")
@JSON
def config(*, as_json: bool) -> None:
    """See every setting, and where its value comes from; secrets are ***."""
    lines = describe(settings_here())
    if as_json:
        print_json({"items": [asdict(line) for line in lines], "next_cursor": None})
        return
    show_table(
        ("Setting", "Value", "From"),
        ((line.name, line.value, line.source) for line in lines),
    )
