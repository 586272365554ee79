"""`airq login`: let a browser in."""

import click

from airq_cron.cli.addresses import login_address
from airq_cron.cli.instance import running
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.config import load
from airq_cron.errors import ConflictError
from airq_cron.services.log_in import LINK_LIFE, make_link

ADMIN_TOKEN = "admin.token"  # noqa: S105 - a name


@click.command()
@click.option(
    "--token",
    "name",
    default=ADMIN_TOKEN,
    show_default=True,
    help="Name of the token by which the browser acts.",
)
@JSON
def login(name: str, *, as_json: bool) -> None:
    """
    Print a link that logs one browser in, once.

    It works for a quarter of an hour, and the session ends with its token.
    """
    system = open_system()
    settings = system.settings
    found = running(load().var_dir)
    if found is None and not settings.behind_tls:
        raise ConflictError("nothing is running here; start everything with: airq up")
    at = system.clock.now()
    secret = make_link(system.store, name, at, by=person())
    base = found.api if found else ""
    link = login_address(settings, base, secret)
    if as_json:
        ends = (at + LINK_LIFE).strftime("%Y-%m-%dT%H:%M:%SZ")
        print_json({"link": link, "token": name, "expires_at": ends})
        return
    minutes = int(LINK_LIFE.total_seconds() // 60)
    click.echo(f"Logs one browser in as {name}, within {minutes} minutes.", err=True)
    click.echo(link)
