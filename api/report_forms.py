"""The report of a day as JSON, as CSV and as a page."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask import render_template

from airq_cron.domain.csv_text import csv_text
from airq_cron.domain.pollutant import display, from_micros
from airq_cron.domain.rating import AMERICAN, EUROPEAN
from airq_cron.domain.report import PollutantReport, Report
from airq_cron.domain.report_words import day_text
from airq_cron.domain.run import instant_text

from .report_page import line_of, page_of
from .report_schema import ReportPageSchema, ReportSchema

COLUMNS = [
    "location",
    "date",
    "zone",
    "status",
    "pollutant",
    "unit",
    "mean",
    "min",
    "max",
    "max_hour",
    "median",
    "p95",
    "max_8h_eu",
    "max_8h_us",
    "hours_valid",
    "hours_expected",
    "coverage",
    "us_epa_2024",
    "eaqi_2024",
    "revision",
    "provider",
    "origin",
    "attribution",
    "as_of",
]
LINE_COLUMNS = [
    "date",
    "location",
    "name",
    "zone",
    "status",
    "us_epa_2024",
    "category",
    "main_pollutant",
    "eaqi_2024",
    "exceedances",
    "href",
]


def as_document(report: Report) -> dict[str, Any]:
    """Return *report* as its JSON document."""
    members = {name: getattr(report, name) for name in REPORT_NAMES}
    parts = {part.figures.pollutant.value: part for part in report.pollutants}
    schemes = {one.scheme: one for one in report.indices}
    document: dict[str, Any] = ReportSchema().dump(
        members | {"pollutants": parts, "indices": schemes}
    )
    return document


REPORT_NAMES = [
    "location",
    "date",
    "zone",
    "period",
    "hours_expected",
    "status",
    "so_far",
    "exceedances",
    "comparisons",
    "flips",
    "sources",
    "revisions",
    "as_of",
]


def report_json(report: Report) -> bytes:
    """Write *report* as JSON."""
    return _json(as_document(report))


def report_page(report: Report) -> bytes:
    """Write *report* as a page that a citizen can read, and print."""
    return render_template("report.html", page=page_of(report)).encode()


def report_csv(report: Report) -> bytes:
    """Write *report* as CSV, a line a pollutant."""
    return _csv(COLUMNS, (_row(report, part) for part in report.pollutants))


def lines_json(day: date, lines: Sequence[dict[str, Any]], after: Any) -> bytes:
    """Write a page of a day's reports as JSON."""
    document = {"date": day, "items": lines, "next_cursor": after}
    return _json(ReportPageSchema().dump(document))


def lines_page(day: date, lines: Sequence[dict[str, Any]], more: str | None) -> bytes:
    """Write a page of a day's reports as HTML."""
    page = {
        "date": day,
        "day": day_text(day),
        "rows": [line_of(line) for line in lines],
        "more": more,
    }
    return render_template("reports.html", page=page).encode()


def lines_csv(day: date, lines: Sequence[dict[str, Any]]) -> bytes:
    """Write a page of a day's reports as CSV, a line a place."""
    return _csv(LINE_COLUMNS, (_line(day, line) for line in lines))


def _json(document: Any) -> bytes:
    return (json.dumps(document, ensure_ascii=False) + "\n").encode()


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    return csv_text([columns, *rows]).encode()


def _row(report: Report, part: PollutantReport) -> list[Any]:
    row = part.figures
    ratings = [report.index(name).pollutants for name in (AMERICAN, EUROPEAN)]
    figures = [
        None if row.mean is None else display(row.mean),
        _shown(row.min_micros),
        _shown(row.max_micros),
        None if row.max_hour is None else instant_text(row.max_hour),
        *map(_shown, (row.median_micros, row.p95_micros)),
        *map(_shown, (row.mda8_eu_micros, row.mda8_us_micros)),
    ]
    return [
        report.location.id, report.date, report.zone, row.status, row.pollutant,
        row.unit, *figures, row.hours_valid, row.hours_expected,
        round(row.coverage, 4),
        *(one[row.pollutant].index.index if row.pollutant in one else None
          for one in ratings),
        row.revision, row.provider, row.origin,
        "; ".join(one.attribution for one in report.sources
                  if one.provider == row.provider),
        instant_text(report.as_of),
    ]  # fmt: skip


def _shown(micros: int | None) -> Any:
    return None if micros is None else display(from_micros(micros))


def _line(day: date, line: dict[str, Any]) -> list[Any]:
    american, european = (line["indices"].get(name) for name in (AMERICAN, EUROPEAN))
    index = american.index if american else None
    return [
        day, line["location"], line["name"], line["zone"], line["status"],
        index.index if index else None, index.category if index else None,
        american.main_pollutant if american else None,
        european.index.index if european and european.index else None,
        line["exceedances"], line["href"],
    ]  # fmt: skip
