"""What the page of a report says, ready to be put into its template."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from airq_cron.domain.day_index import Basis, DayIndex
from airq_cron.domain.period import load_zone
from airq_cron.domain.pollutant import display, from_micros
from airq_cron.domain.rating import AMERICAN, EUROPEAN
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
from airq_cron.domain.run import instant_text
from airq_cron.domain.scales import find_scheme
from airq_cron.domain.standards import TITLES, Comparison

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Band:
    """An index as a band with its colour, number, word and reason."""

    title: str
    style: str
    number: str
    word: str
    reason: str
    advice: str


def page_of(report: Report) -> dict[str, Any]:
    """Return everything that the template of a report shows, as texts."""
    lengths = {23: "summer time begins", 25: "summer time ends"}
    begins = report.period.start.date()
    return {
        "report": report,
        "headline": headline(report),
        "day": day_text(report.date),
        "length": lengths.get(report.hours_expected, ""),
        "bands": [_band(one, report) for one in report.indices],
        "rows": [_row(part, report) for part in report.pollutants],
        "limits": limits_sentence(report),
        "exceedances": [_exceedance(one) for one in report.exceedances],
        "charted": [
            {"id": part.figures.pollutant.value, "name": NAMES[part.figures.pollutant]}
            for part in report.pollutants
        ],
        "as_of": instant_text(report.as_of.replace(microsecond=0)),
        "before": report.date - DAY if begins.year > 1970 else None,
        "after": None if report.so_far else report.date + DAY,
    }


def line_of(line: dict[str, Any]) -> dict[str, Any]:
    """Return one place of the page of all places, its bands ready to be shown."""
    bands = {
        key: _chip(line["indices"].get(scheme))
        for key, scheme in (("us", AMERICAN), ("eu", EUROPEAN))
    }
    return line | bands


def _chip(one: DayIndex | None) -> Band:
    if one is None or one.index is None or one.main_pollutant is None:
        return Band(
            "", "unknown", "", "unknown" if one is None else "insufficient", "", ""
        )
    style = band_style(one.scheme, one.index.category)
    number, word = str(one.index.index), one.index.category or ""
    return Band("", style, number, word, NAMES[one.main_pollutant], "")


def band_style(scheme_id: str, category: str | None) -> str:
    """Return the class of a band in bands.css: `us-epa-2024-3`, or `unknown`."""
    scheme = find_scheme(scheme_id)
    level = next((b.level for b in scheme.bands if b.category == category), None)
    return "unknown" if level is None else f"{scheme_id}-{level}"


def _band(one: DayIndex, report: Report) -> Band:
    title = find_scheme(one.scheme).title
    if one.index is None or one.main_pollutant is None:
        return Band(title, "unknown", "", "insufficient data", "", "")
    reason = NAMES[one.main_pollutant]
    if one.basis is Basis.WORST_HOUR and one.hour is not None:
        reason += f", worst hour, from {_clock(one.hour, report)}"
    return Band(
        title,
        band_style(one.scheme, one.index.category),
        str(one.index.index),
        one.index.category or "",
        reason,
        one.index.advice or "",
    )


def _row(part: PollutantReport, report: Report) -> dict[str, Any]:
    row = part.figures
    return {
        "name": NAMES[row.pollutant],
        "unit": UNIT_NAMES[row.unit],
        "status": row.status.value,
        "hours": f"{row.hours_valid} of {row.hours_expected}",
        "coverage": f"{row.coverage:.0%}",
        "mean": figure_text(row.mean),
        "median": _micros(row.median_micros),
        "p95": _micros(row.p95_micros),
        "min": _micros(row.min_micros),
        "max": _micros(row.max_micros),
        "max_hour": "" if row.max_hour is None else _clock(row.max_hour, report),
        "eight": list(_eight(part, report)),
        "day_before": _change(part.day_before),
        "week_before": _change(part.week_before),
        "provider": row.provider,
        "origin": row.origin.value,
    }


def _eight(part: PollutantReport, report: Report) -> Iterator[str]:
    """Yield the largest running 8-hour means, each by the rule it follows."""
    row = part.figures
    if row.mda8_eu_micros is not None and row.mda8_eu_ends_at is not None:
        until = _clock(row.mda8_eu_ends_at, report)
        yield f"{_micros(row.mda8_eu_micros)} (EU, until {until})"
    if row.mda8_us_micros is not None and row.mda8_us_starts_at is not None:
        since = _clock(row.mda8_us_starts_at, report)
        yield f"{_micros(row.mda8_us_micros)} (US, from {since})"


def _exceedance(one: Comparison) -> dict[str, str]:
    limit = one.limit
    permitted = ""
    if limit.permitted is not None:
        permitted = f"{limit.permitted} {limit.per} a year"
    return {
        "standard": TITLES[limit.standard],
        "pollutant": NAMES[limit.pollutant],
        "averaging": AVERAGING_NAMES[limit.averaging],
        "value": figure_text(one.value),
        "limit": f"{limit.value} {UNIT_NAMES[limit.unit]}",
        "ratio": str(display(one.ratio or Decimal(0), 1)),
        "permitted": permitted,
    }


def _change(change: Change | None) -> str:
    if change is None:
        return "-"
    if change.percent is None:
        return signed_text(change.difference)
    return f"{signed_text(change.difference)} ({display(change.percent, 0):+}\u00a0%)"


def _micros(micros: int | None) -> str:
    return figure_text(None if micros is None else from_micros(micros))


def _clock(at: datetime, report: Report) -> str:
    return f"{at.astimezone(load_zone(report.zone)):%H:%M}"
