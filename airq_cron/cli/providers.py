"""`airq providers`: whom we ask, what they allow, what they said last."""

from collections.abc import Sequence

import click

from airq_cron.cli.documents import Document, instant
from airq_cron.cli.paging import JSON, show_page
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import show_fields, show_table
from airq_cron.domain.page import Page
from airq_cron.ports import Sample
from airq_cron.services.providers import ProviderLine, WindowUse


@click.group("providers")
def providers() -> None:
    """See to the providers that are asked."""


@providers.command("list")
@JSON
def list_providers(*, as_json: bool) -> None:
    """List the providers that are asked, with the calls that count now."""
    page = Page(tuple(open_system().provider_desk.lines()))
    none = "Nobody is asked."
    show_page(page, provider_document, _show_all, none=none, as_json=as_json)


@providers.command("show")
@click.argument("name")
@JSON
def show(name: str, *, as_json: bool) -> None:
    """Show one provider."""
    _show(open_system().provider_desk.line(name), as_json=as_json)


@providers.command("samples")
@click.argument("name")
@JSON
def samples(name: str, *, as_json: bool) -> None:
    """Show the newest answers that nobody could read."""
    page = Page(tuple(open_system().provider_desk.samples(name)))
    none = "Every answer could be read."
    show_page(page, sample_document, _show_samples, none=none, as_json=as_json)


@providers.command("enable")
@click.argument("name")
@click.option("--location", metavar="ID", help="Only for this place.")
@JSON
def enable(name: str, location: str | None, *, as_json: bool) -> None:
    """Let a provider be asked again that refused us, or refused a place."""
    desk = open_system().provider_desk
    desk.enable(name, by=person(), location=location)
    _show(desk.line(name), as_json=as_json)


def provider_document(line: ProviderLine) -> Document:
    """Return a provider as the API does."""
    return {
        "name": line.name,
        "attribution": line.attribution,
        "disabled_at": instant(line.disabled_at),
        "reason": line.reason,
        "not_before": instant(line.not_before),
        "in_flight": line.in_flight,
        "windows": [
            {"name": one.name, "limit": one.limit, "used": one.used}
            for one in line.windows
        ],
        "refused": [
            {
                "location": one.location,
                "detail": one.detail,
                "since": instant(one.since),
            }
            for one in line.refused
        ],
        "samples": line.samples,
    }


def sample_document(sample: Sample) -> Document:
    """Return a sample as the API does."""
    return {
        "at": instant(sample.at),
        "reason": sample.reason,
        "body": sample.body,
        "size": sample.size,
    }


def _show(line: ProviderLine, *, as_json: bool) -> None:
    if as_json:
        print_json(provider_document(line))
        return
    refused = ", ".join(f"{one.location} ({one.detail})" for one in line.refused)
    shown = {"windows": ", ".join(map(_window, line.windows)), "refused": refused}
    show_fields(provider_document(line) | shown)


def _window(use: WindowUse) -> str:
    used = "?" if use.used is None else f"{use.used:g}"
    return f"{used} of {use.limit} a {use.name}"


def _show_all(found: Sequence[ProviderLine]) -> None:
    show_table(
        ("Name", "Disabled at", "Not before", "Calls", "Refused places", "Why"),
        (
            (
                line.name,
                line.disabled_at,
                line.not_before,
                ", ".join(map(_window, line.windows)),
                len(line.refused) or None,
                line.reason,
            )
            for line in found
        ),
    )


def _show_samples(found: Sequence[Sample]) -> None:
    for sample in found:
        show_fields(sample_document(sample))
        click.echo()
