"""`airq alerts rules`: what is judged, how patiently, how loudly."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from airq_cron.cli.documents import Document
from airq_cron.cli.paging import JSON, show_page
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import show_fields, show_table
from airq_cron.domain.page import Page
from airq_cron.domain.severity import Severity
from airq_cron.services.alert_rules import (
    RuleLine,
    change_rule,
    read_rule,
    read_rules,
    reset_rule,
)

SECOND = timedelta(seconds=1)
# Longer spans are refused by the rule itself, with the field named.
SECONDS = click.IntRange(0, 10**9)
SPANS = {"cool_down_s": "cool_down", "repeat_every_s": "repeat_every"}


@click.group("rules")
def rules() -> None:
    """See and change what is judged, how patiently, how loudly."""


@rules.command("list")
@JSON
def list_rules(*, as_json: bool) -> None:
    """List the rules."""
    system = open_system()
    page = Page(tuple(read_rules(system.store, system.alert_defaults)))
    show_page(page, rule_document, _show, none="No rules.", as_json=as_json)


@rules.command("show")
@click.argument("name")
@JSON
def show(name: str, *, as_json: bool) -> None:
    """Show one rule."""
    system = open_system()
    _tell(read_rule(system.store, name, system.alert_defaults), as_json=as_json)


@rules.command("set")
@click.argument("name")
@click.option("--severity", type=click.Choice([one.value for one in Severity]))
@click.option("--threshold", type=float, help="In the unit that show tells.")
@click.option("--open-after", type=int, help="So many judgements raise an alert.")
@click.option("--close-after", type=int, help="So many judgements clear it.")
@click.option("--cool-down-s", type=SECONDS, help="So long it is not raised again.")
@click.option("--repeat-every-s", type=SECONDS, help="Told so often; 0: once.")
@click.option("--enabled/--disabled", default=None, help="Whether it raises anything.")
@click.option("--note", help="Why; people will read it.")
@JSON
def change(name: str, *, as_json: bool, **options: Any) -> None:
    """Change a rule; what is not named stays, the next judgement uses it."""
    changes = {key: value for key, value in options.items() if value is not None}
    if not changes:
        raise click.UsageError("Name something to change; see --help.")
    system = open_system()
    line = change_rule(
        system.store, name, _by_field(changes), by=person(),
        defaults=system.alert_defaults,
    )  # fmt: skip
    _tell(line, as_json=as_json)


@rules.command("reset")
@click.argument("name")
@JSON
def reset(name: str, *, as_json: bool) -> None:
    """Make a rule again as it was before people changed it."""
    system = open_system()
    line = reset_rule(system.store, name, by=person(), defaults=system.alert_defaults)
    _tell(line, as_json=as_json)


def rule_document(line: RuleLine) -> Document:
    """Return a rule as the API does."""
    rule, bound = line.rule, line.condition.bound
    repeat = rule.repeat_every
    return {
        "name": rule.name,
        "about": line.condition.about,
        "severity": rule.severity.value,
        "threshold": rule.threshold,
        "unit": bound and bound.unit,
        "open_after": rule.open_after,
        "close_after": rule.close_after,
        "cool_down_s": rule.cool_down // SECOND,
        "repeat_every_s": None if repeat is None else repeat // SECOND,
        "enabled": rule.enabled,
        "note": rule.note,
        "is_changed": line.is_changed,
    }


def _by_field(given: dict[str, Any]) -> dict[str, Any]:
    changes = {SPANS.get(key, key): value for key, value in given.items()}
    for name in SPANS.values():
        if name in changes:
            changes[name] = changes[name] * SECOND
    if "severity" in changes:
        changes["severity"] = Severity(changes["severity"])
    if changes.get("repeat_every") == timedelta():
        changes["repeat_every"] = None
    return changes


def _tell(line: RuleLine, *, as_json: bool) -> None:
    document = rule_document(line)
    if as_json:
        print_json(document)
    else:
        show_fields(document)


def _show(found: Sequence[RuleLine]) -> None:
    show_table(
        ("Name", "On", "Severity", "Threshold", "Opens after", "Closes after"),
        (
            (
                line.rule.name + (" *" if line.is_changed else ""),
                "yes" if line.rule.enabled else "no",
                line.rule.severity.value,
                _threshold(line),
                line.rule.open_after,
                line.rule.close_after,
            )
            for line in found
        ),
    )


def _threshold(line: RuleLine) -> str:
    bound, threshold = line.condition.bound, line.rule.threshold
    return "" if bound is None else f"{threshold:g} {bound.unit}"
