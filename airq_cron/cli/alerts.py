"""`airq alerts`: conditions that came to hold, and what became of them."""

from collections.abc import Sequence
from datetime import timedelta

import click

from airq_cron.cli.alert_document import alert_document
from airq_cron.cli.alert_rules import rules
from airq_cron.cli.channels import channels, test
from airq_cron.cli.options import instant_option
from airq_cron.cli.paging import JSON, paged, show_page, turn_to
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import show_fields, show_table
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.ports import FlipFilter
from airq_cron.services.read_alerts import find_alerts, read_alert
from airq_cron.services.steer_alerts import (
    MOST_MINUTES,
    acknowledge_alert,
    silence_alert,
)

STATES = {"open": True, "cleared": False}


@click.group("alerts")
def alerts() -> None:
    """See what raised an alert, see to it, and how people are told."""


@alerts.command("list")
@click.option("--state", type=click.Choice(list(STATES)), help="Only such.")
@click.option("--kind", type=click.Choice([k.value for k in FlipKind]), help="Such.")
@click.option("--location", metavar="ID", help="Only of this place.")
@click.option("--since", metavar="TIME", help="Raised at this time (UTC) or later.")
@click.option("--until", metavar="TIME", help="Raised before this time (UTC).")
@paged
def list_alerts(  # noqa: PLR0913 - one a filter
    state: str | None,
    kind: str | None,
    location: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
    *,
    as_json: bool,
) -> None:
    """List alerts, the last raised first."""
    where = FlipFilter(
        kind=kind,
        location=location,
        is_open=None if state is None else STATES[state],
        since=instant_option(since, "--since"),
        until=instant_option(until, "--until"),
    )
    store = open_system().store
    page = turn_to(cursor, lambda at: find_alerts(store, where, limit=limit, after=at))
    show_page(page, alert_document, _show, none="No alerts.", as_json=as_json)


@alerts.command("show")
@click.argument("alert_id", metavar="ID")
@JSON
def show(alert_id: str, *, as_json: bool) -> None:
    """Show one alert with the figures behind it."""
    _tell(read_alert(open_system().store, alert_id), as_json=as_json)


@alerts.command("ack")
@click.argument("alert_id", metavar="ID")
@click.option("--note", help="What you do about it; people will read it.")
@JSON
def acknowledge(alert_id: str, note: str | None, *, as_json: bool) -> None:
    """Say that you see to an alert: it is not repeated any more."""
    store = open_system().store
    flip = acknowledge_alert(store, alert_id, by=person(), note=note)
    _tell(flip, as_json=as_json)


@alerts.command("silence")
@click.argument("alert_id", metavar="ID")
@click.option("--until", metavar="TIME", help="Tell nobody before this time (UTC).")
@click.option(
    "--minutes", type=click.IntRange(0, MOST_MINUTES), help="For so long; 0: no more."
)
@click.option("--note", help="Why, for the audit trail.")
@JSON
def silence(
    alert_id: str,
    until: str | None,
    minutes: int | None,
    note: str | None,
    *,
    as_json: bool,
) -> None:
    """Tell nobody of an alert for a while; it stays an alert."""
    if (until is None) == (minutes is None):
        raise click.UsageError("give either --until or --minutes")
    flip = silence_alert(
        open_system().store,
        alert_id,
        by=person(),
        until=instant_option(until, "--until"),
        lasts=None if minutes is None else timedelta(minutes=minutes),
        note=note,
    )
    _tell(flip, as_json=as_json)


def _tell(flip: Flip, *, as_json: bool) -> None:
    if as_json:
        print_json(alert_document(flip))
        return
    document = alert_document(flip)
    detail = document.pop("detail")
    show_fields(document | {f"  {name}": value for name, value in detail.items()})


def _state(flip: Flip) -> str:
    return "acknowledged" if flip.is_open and flip.acknowledged_at else flip.state


def _show(found: Sequence[Flip]) -> None:
    show_table(
        ("Raised at", "State", "Severity", "What happened", "Id"),
        (
            (
                flip.raised_at,
                _state(flip),
                flip.severity.value,
                flip.cleared_message or flip.message,
                flip.id,
            )
            for flip in found
        ),
    )


alerts.add_command(rules)
alerts.add_command(channels)
alerts.add_command(test)
