"""`airq locations gaps` and `fill`: what is missing, and how to get it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import click

from airq_cron.cli.backfill import follow_backfill
from airq_cron.cli.documents import Document, instant, page_document, rounded
from airq_cron.cli.paging import JSON
from airq_cron.cli.session import open_system, person, print_json
from airq_cron.cli.tables import length, moment, show_table
from airq_cron.domain.completeness import INTERVAL, Completeness, Gap, Share
from airq_cron.domain.page import Page
from airq_cron.services.fill_gaps import fill_gaps
from airq_cron.services.read_gaps import read_gaps

DAYS = click.option(
    "--days",
    type=click.IntRange(1, 92),
    default=30,
    show_default=True,
    help="How far back.",
)


@click.command("gaps")
@click.argument("location_id", metavar="ID")
@DAYS
@JSON
def gaps(location_id: str, days: int, *, as_json: bool) -> None:
    """Show how fresh and complete its hours are, and which are missing."""
    system = open_system()
    found = read_gaps(
        system.store, system.providers, location_id, length=timedelta(days=days)
    )
    if as_json:
        print_json(page_document(Page(tuple(found)), completeness_document))
        return
    _show_series(found)
    missing = list(_lines(found))
    click.echo()
    if not missing:
        click.echo(f"No gaps in the last {days} days.")
        return
    show_table(("From", "To", "Hours", "Series", "Can be filled"), missing)
    if any(gap.fillable for one in found for gap in one.gaps):
        click.echo(f"\nFill them: airq locations fill {location_id} --days {days}")


@click.command("fill")
@click.argument("location_id", metavar="ID")
@DAYS
@click.option("--wait", is_flag=True, help="Wait until every run has ended.")
@JSON
def fill(location_id: str, days: int, *, wait: bool, as_json: bool) -> None:
    """Ask its providers for the hours that are missing, where they keep them."""
    system = open_system()
    started = fill_gaps(
        system.store,
        system.dispatcher,
        system.providers,
        location_id,
        by=person(),
        length=timedelta(days=days),
    )
    if not as_json:
        found = read_gaps(
            system.store, system.providers, location_id, length=timedelta(days=days)
        )
        for line in _left_open(found):
            click.echo(line)
    follow_backfill(system, started, wait=wait, as_json=as_json)


def completeness_document(one: Completeness) -> Document:
    """Return a series as the API does."""
    return {
        "pollutant": one.pollutant and one.pollutant.value,
        "provider": one.provider,
        "state": one.state,
        "newest_at": instant(one.newest_at),
        "age_s": one.age_s,
        "interval_s": int(INTERVAL.total_seconds()),
        "last_7_days": _share(one.week),
        "last_30_days": _share(one.month),
        "revision_rate": rounded(one.revision_rate, 4),
        "gaps": [_gap(gap) for gap in one.gaps],
    }


def _share(share: Share) -> Document:
    return {
        "expected": share.expected,
        "present": share.present,
        "missing": share.missing,
        "coverage": rounded(share.coverage, 4),
    }


def _gap(gap: Gap) -> Document:
    return {
        "from": instant(gap.period.start),
        "to": instant(gap.period.end),
        "hours": gap.hours,
        "fillable": gap.fillable,
        "why": gap.why,
    }


def _show_series(found: Sequence[Completeness]) -> None:
    show_table(
        ("Provider", "Pollutant", "State", "Newest hour", "Age", "7 days", "30 days"),
        (
            (
                one.provider,
                one.pollutant and one.pollutant.value,
                one.state.replace("_", " "),
                one.newest_at,
                None if one.age_s is None else length(one.age_s),
                _percent(one.week),
                _percent(one.month),
            )
            for one in found
        ),
    )


def _percent(share: Share) -> str | None:
    return None if share.coverage is None else f"{100 * share.coverage:.1f} %"


def _left_open(found: Sequence[Completeness]) -> list[str]:
    """Name the hours that no call can bring, and why, once each."""
    return list(
        dict.fromkeys(
            f"Cannot be filled: {gap.hours} h from {moment(gap.period.start)} of "
            f"{one.provider}, {gap.why}."
            for one in found
            for gap in one.gaps
            if not gap.fillable
        )
    )


def _lines(found: Sequence[Completeness]) -> Iterator[tuple[object, ...]]:
    """Yield a line for each stretch that is missing, with the series it is in."""
    stretches: dict[Gap, list[str]] = {}
    for one in found:
        for gap in one.gaps:
            name = one.pollutant.value if one.pollutant else "-"
            stretches.setdefault(gap, []).append(f"{one.provider} {name}")
    for gap, names in sorted(stretches.items(), key=lambda pair: pair[0].period.start):
        yield (
            moment(gap.period.start),
            moment(gap.period.end),
            gap.hours,
            ", ".join(names),
            "yes" if gap.fillable else f"no: {gap.why}",
        )
