"""`airq breaker`: whom we stopped asking, why, and until when."""

from collections.abc import Sequence
from datetime import timedelta

import click

from airq_cron.cli.breaker_document import breaker_document, change_document
from airq_cron.cli.options import instant_option
from airq_cron.cli.paging import JSON, paged, show_page, turn_to
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import show_fields, show_table
from airq_cron.domain.breaker import BreakerChange
from airq_cron.domain.page import Page
from airq_cron.services.read_breakers import BreakerLine
from airq_cron.services.steer_breaker import (
    MOST_MINUTES,
    open_breaker,
    reset_breaker,
)


@click.group("breaker")
def breaker() -> None:
    """See to the breakers that guard the providers."""


@breaker.command("list")
@JSON
def list_breakers(*, as_json: bool) -> None:
    """List the breakers of all providers that are asked."""
    page = Page(tuple(open_system().breaker_desk.lines()))
    show_page(
        page, breaker_document, show_breakers, none="Nobody is asked.", as_json=as_json
    )


@breaker.command("show")
@click.argument("name")
@JSON
def show(name: str, *, as_json: bool) -> None:
    """Show one breaker."""
    _show(open_system().breaker_desk.line(name), as_json=as_json)


@breaker.command("history")
@click.argument("name")
@paged
def history(name: str, limit: int, cursor: str | None, *, as_json: bool) -> None:
    """List what became of a breaker, newest first."""
    desk = open_system().breaker_desk
    page = turn_to(cursor, lambda at: desk.history(name, limit=limit, after=at))
    none = "It has never opened."
    show_page(page, change_document, _show_changes, none=none, as_json=as_json)


@breaker.command("open")
@click.argument("name")
@click.option("--reason", required=True, help="Why; people will read it.")
@click.option("--until", metavar="TIME", help="When it may close (UTC); else at reset.")
@click.option("--minutes", type=click.IntRange(1, MOST_MINUTES), help="For so long.")
@JSON
def open_it(
    name: str, reason: str, until: str | None, minutes: int | None, *, as_json: bool
) -> None:
    """Open a breaker by hand: nobody asks the provider."""
    if until is not None and minutes is not None:
        raise click.UsageError("--until or --minutes, not both")
    found = open_breaker(
        open_system().breaker_desk,
        name,
        reason=reason,
        by=person(),
        expires_at=instant_option(until, "--until"),
        lasts=None if minutes is None else timedelta(minutes=minutes),
    )
    _show(found, as_json=as_json)


@breaker.command("reset")
@click.argument("name")
@JSON
def reset(name: str, *, as_json: bool) -> None:
    """Close a breaker, whoever opened it."""
    _show(reset_breaker(open_system().breaker_desk, name, by=person()), as_json=as_json)


def _show(line: BreakerLine, *, as_json: bool) -> None:
    document = breaker_document(line)
    if as_json:
        print_json(document)
        return
    hold = document.pop("hold") or {}
    show_fields(document | {f"hold {name}": value for name, value in hold.items()})


def show_breakers(found: Sequence[BreakerLine]) -> None:
    """Show one line for each."""
    show_table(
        ("Name", "State", "Failures", "Open since", "Tries at", "Why"),
        (
            (
                line.name,
                line.state.value + (" (local)" if line.is_local else ""),
                f"{line.breaker.failures} of {line.rules.threshold}",
                line.hold.opened_at if line.hold else line.breaker.opened_at,
                line.hold.expires_at if line.hold else line.breaker.until,
                line.hold.reason if line.hold else line.breaker.error,
            )
            for line in found
        ),
    )


def _show_changes(found: Sequence[BreakerChange]) -> None:
    show_table(
        ("At", "From", "To", "Failures", "Who", "Why"),
        (
            (one.at, one.before, one.after, one.failures, one.actor, one.reason)
            for one in found
        ),
    )
