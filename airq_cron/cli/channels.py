"""`airq alerts channels` and `airq alerts test`: how people are told."""

from collections.abc import Sequence

import click

from airq_cron.cli.documents import Document
from airq_cron.cli.paging import JSON, show_page
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import show_fields, show_table
from airq_cron.domain.page import Page
from airq_cron.ports import Channel
from airq_cron.services.try_channel import Trial, try_channel

NONE = "No channels: set AIRQ_ALERT_WEBHOOK_URL or AIRQ_ALERT_URLS, here as well."


@click.command("channels")
@JSON
def channels(*, as_json: bool) -> None:
    """List how people are told of alerts."""
    page = Page(tuple(open_system().channels.values()))
    show_page(page, channel_document, _show, none=NONE, as_json=as_json)


@click.command("test")
@click.argument("channel")
@JSON
def test(channel: str, *, as_json: bool) -> None:
    """Send a test message now; exit code 1 when it does not arrive."""
    trial = try_channel(open_system().post, channel, by=person())
    if as_json:
        print_json(trial_document(trial))
    else:
        show_fields(trial_document(trial))
    if not trial.delivered:
        raise SystemExit(1)


def channel_document(channel: Channel) -> Document:
    """Return a channel as the API does."""
    return {
        "name": channel.name,
        "scheme": channel.scheme,
        "least_severity": channel.least.value,
        "leads_to": channel.shown,
    }


def trial_document(trial: Trial) -> Document:
    """Return what became of a test message as the API does."""
    return {
        "channel": trial.channel,
        "delivered": trial.delivered,
        "answer": trial.answer,
        "retryable": trial.retryable,
    }


def _show(found: Sequence[Channel]) -> None:
    show_table(
        ("Name", "Scheme", "From severity", "Leads to"),
        ((one.name, one.scheme, one.least.value, one.shown) for one in found),
    )
