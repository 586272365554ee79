"""`airq audit`: who changed what, and whether the trail itself was changed."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from airq_cron.cli.documents import Document, instant
from airq_cron.cli.options import instant_option
from airq_cron.cli.paging import JSON, paged, show_page, turn_to
from airq_cron.cli.session import console, open_system, person, print_json
from airq_cron.cli.tables import show_table
from airq_cron.domain.trail import Head
from airq_cron.errors import InvalidError
from airq_cron.ports import AuditEntry, AuditFilter
from airq_cron.services.instance_key import keep_key
from airq_cron.services.read_audit import all_entries, find_entries
from airq_cron.services.verify_trail import Verdict, restart_trail, verify_trail

Command = TypeVar("Command", bound=Callable[..., Any])


def filtered(command: Command) -> Command:
    """Give *command* the options that say which entries."""
    for name, words in (
        ("--until", "Made before this time (UTC)."),
        ("--since", "Made at this time (UTC) or later."),
        ("--subject", "About this, such as job:fetch-paris-data."),
        ("--action", "Only this, such as job.pause or call.refuse."),
        ("--actor", "By them, such as token:ops, cli:ann or nobody."),
    ):
        command = click.option(name, metavar=name[2:].upper(), help=words)(command)
    return command


@click.group("audit")
def audit() -> None:
    """See who changed what; check that nobody changed that."""


@audit.command("list")
@filtered
@paged
def list_entries(
    limit: int, cursor: str | None, *, as_json: bool, **filters: str | None
) -> None:
    """List changes and refused calls, newest first."""
    store, where = open_system().store, _where(**filters)
    page = turn_to(cursor, lambda at: find_entries(store, where, limit=limit, after=at))
    show_page(page, entry_document, _show, none="No entries.", as_json=as_json)


@audit.command("export")
@filtered
def export(**filters: str | None) -> None:
    """Print all entries as JSON lines, newest first."""
    where = _where(**filters)
    for entry in all_entries(open_system().store, where):
        sys.stdout.write(json.dumps(entry_document(entry)) + "\n")


@audit.command("verify")
@click.option(
    "--against",
    "known",
    metavar="ROW:SEAL",
    multiple=True,
    help="A head that the log noted, which the chain must pass. May be repeated.",
)
@JSON
def verify(known: Sequence[str], *, as_json: bool) -> None:
    """
    Follow the chain of the trail from its last checkpoint to its end.

    Exit code 1: it does not hold; the first row that does not is named.
    """
    heads = [_head(text) for text in known]
    system = open_system()
    verdict = verify_trail(system.store, keep_key(system.settings), heads)
    if as_json:
        print_json(verdict_document(verdict))
    else:
        _tell(verdict)
    if verdict.broken is not None:
        sys.exit(1)


@audit.command("restart")
@click.option("--reason", required=True, help="Why; it is kept in the trail.")
@JSON
def restart(reason: str, *, as_json: bool) -> None:
    """
    Begin the chain anew, when its key is lost or it is broken.

    What is there stays, and is covered by a checkpoint as it is now.
    """
    start = restart_trail(open_system().store, by=person(), reason=reason)
    if as_json:
        print_json({"row": start.row_id, "rows": start.rows, "at": instant(start.at)})
        return
    console().print(f"A new chain begins after row {start.row_id}.")


def entry_document(entry: AuditEntry) -> Document:
    """Return an entry as the API does."""
    return {
        "id": entry.id,
        "at": instant(entry.at),
        "actor": entry.actor,
        "address": entry.address,
        "action": entry.action,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
        "note": entry.note,
        "request_id": entry.request_id,
        "calls": entry.calls,
        "mac": entry.mac,
    }


def verdict_document(verdict: Verdict) -> Document:
    """Return what following the chain came to."""
    start, broken = verdict.start, verdict.broken
    return {
        "holds": broken is None,
        "rows": verdict.rows,
        "start": start
        and {"kind": start.kind, "row": start.row_id, "at": instant(start.at)},
        "head": verdict.head and str(verdict.head),
        "broken": broken and {"row": broken.row, "reason": broken.reason},
    }


def _where(since: str | None, until: str | None, **filters: str | None) -> AuditFilter:
    return AuditFilter(
        since=instant_option(since, "--since"),
        until=instant_option(until, "--until"),
        **filters,
    )


def _head(text: str) -> Head:
    row, _, mac = text.partition(":")
    if not (row.isascii() and row.isdigit() and len(row) < 19 and mac):
        raise InvalidError("--against", "must be ROW:SEAL, as the log has it")
    return Head(int(row), mac)


def _tell(verdict: Verdict) -> None:
    if verdict.broken is not None:
        click.echo(f"The trail is broken: {verdict.broken.reason}.")
    if verdict.start is None:
        click.echo("There is no chain yet; it begins with the first change.")
        return
    click.echo(f"{verdict.rows} rows hold after row {verdict.start.row_id}.")
    click.echo(f"Head {verdict.head}")


def _show(found: Sequence[AuditEntry]) -> None:
    show_table(
        ("At", "Who", "From", "What", "About", "Calls"),
        ((e.at, e.actor, e.address, e.action, e.subject, e.calls) for e in found),
    )
