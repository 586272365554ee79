"""The `airq` command."""

import sys
from typing import Any

import click

from airq_cron import __version__
from airq_cron.cli.backfill import backfill
from airq_cron.cli.db import db
from airq_cron.cli.jobs import jobs
from airq_cron.cli.load import load_command
from airq_cron.cli.locations import locations
from airq_cron.cli.runs import runs
from airq_cron.cli.sandbox import sandbox
from airq_cron.cli.session import exit_code, explain
from airq_cron.cli.status import status
from airq_cron.cli.token import token
from airq_cron.cli.up import up
from airq_cron.errors import AirqError


class OneLineErrors(click.Group):
    """Turns our errors into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an AirqError ends the process with its exit code."""
        try:
            return super().invoke(ctx)
        except AirqError as error:
            click.echo(f"airq: {explain(error)}", err=True)
            sys.exit(exit_code(error))


@click.group(
    cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="airq")
def main() -> None:
    """
    Keep an air-quality record complete.

    Exit codes: 0 done, 1 the work asked for failed, 2 wrong call or setting,
    3 not found, 4 refused.
    """


for command in (
    up, status, sandbox, db, load_command, backfill, jobs, runs, locations, token,
):  # fmt: skip
    main.add_command(command)
