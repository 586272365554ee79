"""`airq token`: who may use the API."""

from datetime import timedelta

import click

from airq_cron.cli.documents import page_document, token_document
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import moment, show_table
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.services.issue_token import LONGEST_LIFE, create_token
from airq_cron.services.manage_tokens import list_tokens, revoke_token

LONGEST_DAYS = LONGEST_LIFE.days


@click.group()
def token() -> None:
    """Make and revoke tokens of the API."""


@token.command()
@click.option("--name", required=True, help="Who or what it is for.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="viewer reads, operator runs and changes, admin also manages tokens.",
)
@click.option(
    "--expires-in-days",
    type=click.IntRange(1, LONGEST_DAYS),
    help="Without it, the token works until it is revoked.",
)
@JSON
def create(name: str, role: str, expires_in_days: int | None, *, as_json: bool) -> None:
    """
    Make a token and print it, alone, on standard output.

    It is shown this once; only its hash is stored.
    """
    system = open_system()
    at = system.clock.now()
    ends = None if expires_in_days is None else at + timedelta(days=expires_in_days)
    issued = create_token(
        system.store, name=name, role=Role(role), at=at, expires_at=ends, by=person()
    )
    if as_json:
        print_json({**token_document(issued.token), "token": issued.secret})
        return
    until = "it is revoked" if ends is None else moment(ends)
    click.echo(f"{name} may act as {role} until {until}.", err=True)
    click.echo(issued.secret)


@token.command("list")
@JSON
def list_all(*, as_json: bool) -> None:
    """List the tokens by name; their secrets are not known."""
    found = list_tokens(open_system().store)
    if as_json:
        print_json(page_document(Page(tuple(found)), token_document))
        return
    show_table(
        ("Name", "Role", "Made", "Last used", "Expires", "Revoked"),
        (
            (
                one.name,
                one.role,
                one.created_at,
                one.last_used_at,
                one.expires_at,
                one.revoked_at,
            )
            for one in found
        ),
    )


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke a token; whoever holds it is refused from now on."""
    system = open_system()
    revoke_token(system.store, name, system.clock.now(), by=person())
    click.echo(f"{name} is revoked.")
