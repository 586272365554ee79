"""`airq report`: what the air of one day was."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import click
from rich.text import Text

from airq_cron.cli.index_card import on_color
from airq_cron.cli.paging import JSON
from airq_cron.cli.printing import console, print_json
from airq_cron.cli.report_document import report_document
from airq_cron.cli.session import open_system
from airq_cron.cli.tables import show_table
from airq_cron.domain.day_index import DayIndex
from airq_cron.domain.period import hour_starts, load_zone
from airq_cron.domain.pollutant import display, from_micros
from airq_cron.domain.report import Change, PollutantReport, Report
from airq_cron.domain.report_words import (
    AVERAGING_NAMES,
    NAMES,
    UNIT_NAMES,
    day_text,
    figure_text,
    headline,
    limits_sentence,
    signed_text,
)
from airq_cron.domain.scales import find_scheme
from airq_cron.domain.standards import TITLES, Comparison
from airq_cron.services.read_report import read_report

STEPS = "▁▂▃▄▅▆▇█"
GAP = "·"
TITLE_ROW = (
    "Pollutant", "Unit", "Mean", "Median", "P95", "Max hour", "At", "Max 8 h",
    "Day before", "Week before", "Hours", "By the hour",
)  # fmt: skip
# Narrower terminals show these columns one below the other, each within 80.
WIDEST = 140
NARROW = ((1, 8), (8, 11), (11, 12))


class Day(click.ParamType[date]):
    """A local day, `2014-03-14`."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the day; anything else is a wrong call."""
        text = str(value)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        # The ISO parser knows weeks and plain digits as well, the API does not.
        if day is None or day.isoformat() != text:
            self.fail(f"{text!r} is not a day such as 2014-03-14", param, ctx)
        return day


@click.command("report")
@click.argument("location_id", metavar="LOCATION")
@click.argument("day", metavar="DATE", type=Day())
@JSON
def report(location_id: str, day: date, *, as_json: bool) -> None:
    """
    Report one local day of a place: figures, indices, limits, changes, sources.

    DATE is a day of the place's own zone, such as 2014-03-14.
    """
    system = open_system()
    found = read_report(
        system.store, location_id, day, attributions=system.attributions
    )
    if as_json:
        print_json(report_document(found))
    else:
        _show(found)


def _show(found: Report) -> None:
    out = console()
    # A terminal would break within a word; a pipe gets whole lines.
    whole = not out.is_terminal
    out.print(Text(headline(found), "bold"), soft_wrap=whole)
    out.print(Text(_about(found), "dim"), soft_wrap=whole)
    out.print()
    for index in found.indices:
        out.print(_index(index, found))
    if found.pollutants:
        _show_figures(found)
        _show_limits(found)
    for flip in found.flips:
        words = Text(f"Alert: {flip.cleared_message or flip.message}")
        out.print(words, soft_wrap=whole)
    if found.sources:
        out.print()
    for source in found.sources:
        words = Text(f"{source.attribution} ({source.origin})", "dim")
        out.print(words, soft_wrap=whole)


def _about(found: Report) -> str:
    words = [
        found.location.name,
        day_text(found.date),
        f"{found.hours_expected} hours, {found.zone}",
        "so far" if found.so_far else found.status.value,
    ]
    if found.revisions:
        words.append(f"revised {found.revisions} times")
    return " · ".join(words)


def _index(index: DayIndex, found: Report) -> Text:
    line = Text(f"{find_scheme(index.scheme).title}: ")
    if index.index is None or index.index.color is None or not index.main_pollutant:
        return line.append("insufficient data", "bold")
    face = f" {index.index.index}  {index.index.category} "
    line.append(face, on_color(index.index.color))
    line.append(f" {NAMES[index.main_pollutant]}")
    if index.hour is not None:
        line.append(f", worst hour, from {_clock(index.hour, found)}")
    return line


def _show_figures(found: Report) -> None:
    rows = [_row(part, found) for part in found.pollutants]
    narrow = console().is_terminal and console().width < WIDEST
    # The pollutant is named again on each.
    for first, last in NARROW if narrow else ((1, len(TITLE_ROW)),):
        console().print()
        show_table(
            (TITLE_ROW[0], *TITLE_ROW[first:last]),
            ((row[0], *row[first:last]) for row in rows),
        )


def _row(part: PollutantReport, found: Report) -> list[object]:
    row = part.figures
    return [
        NAMES[row.pollutant],
        UNIT_NAMES[row.unit],
        figure_text(row.mean),
        _micros(row.median_micros),
        _micros(row.p95_micros),
        _micros(row.max_micros),
        None if row.max_hour is None else _clock(row.max_hour, found),
        _micros(row.mda8_eu_micros),
        _change(part.day_before),
        _change(part.week_before),
        f"{row.hours_valid}/{row.hours_expected}"
        + ("" if row.sufficient else " insufficient"),
        sparkline(part, found),
    ]


def sparkline(part: PollutantReport, found: Report) -> str:
    """Return a bar for each hour of the day, from zero up; a dot is a gap."""
    means = {hour.hour: hour.mean_micros for hour in part.hours}
    top = max(means.values(), default=0)
    return "".join(
        GAP if (mean := means.get(hour)) is None else _step(mean, top)
        for hour in hour_starts(found.period)
    )


def _step(mean: int, top: int) -> str:
    if top <= 0:
        return STEPS[0]
    return STEPS[min(max(0, mean) * len(STEPS) // top, len(STEPS) - 1)]


def _show_limits(found: Report) -> None:
    out = console()
    out.print()
    out.print(Text(limits_sentence(found), "bold"))
    if found.exceedances:
        show_table(
            ("Limit", "Pollutant", "What counts", "Value", "Allowed", "Times"),
            _limits(found.exceedances),
        )


def _limits(exceedances: tuple[Comparison, ...]) -> Iterator[list[object]]:
    for one in exceedances:
        limit = one.limit
        yield [
            TITLES[limit.standard],
            NAMES[limit.pollutant],
            AVERAGING_NAMES[limit.averaging],
            figure_text(one.value),
            f"{limit.value} {UNIT_NAMES[limit.unit]}",
            display(one.ratio or Decimal(0), 1),
        ]


def _change(change: Change | None) -> str | None:
    return None if change is None else signed_text(change.difference)


def _micros(micros: int | None) -> str:
    return figure_text(None if micros is None else from_micros(micros))


def _clock(at: Any, found: Report) -> str:
    return f"{at.astimezone(load_zone(found.zone)):%H:%M}"
