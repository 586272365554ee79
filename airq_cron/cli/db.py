"""`airq db`: the database's schema."""

import click

from airq_cron.cli.session import open_system


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the schema up to date and enter the built-in jobs; repeatable."""
    open_system()
    click.echo("The database is up to date.")
