"""`airq alive`: a health check for containers and process managers."""

import socket

import click

from airq_cron.cli.session import settings_here
from airq_cron.system import build

ROLES = ("beat", "worker")


@click.command()
@click.argument("role", type=click.Choice(ROLES))
@click.option("--host", help="Look for one of this host; without it, of this one.")
def alive(role: str, host: str | None) -> None:
    """
    Say whether a beat or worker of this host is alive.

    Exit code 1 when none does. Nobody is asked for it: a process that hangs stops
    telling of itself within a minute. The API has /healthz.
    """
    where = host or socket.gethostname()
    found = [
        one.name
        for one in build(settings_here()).heartbeats.alive()
        if (one.role, one.detail["host"]) == (role, where)
    ]
    if not found:
        click.echo(f"no {role} of {where} gives signs of life", err=True)
        raise SystemExit(1)
    click.echo(" ".join(found))
