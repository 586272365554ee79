"""`airq keys`: what messages are sealed with."""

import click

from airq_cron.cli.paging import JSON
from airq_cron.cli.session import print_json
from airq_cron.sealing import new_key


@click.group()
def keys() -> None:
    """Make keys that seal messages."""


@keys.command()
@JSON
def new(*, as_json: bool) -> None:
    """
    Make a key for AIRQ_MESSAGE_KEYS and print it, alone, on standard output.

    It is kept nowhere: put it into a file that AIRQ_MESSAGE_KEYS_FILE names.
    """
    key = new_key()
    if as_json:
        print_json({"key": key})
        return
    click.echo(key)
