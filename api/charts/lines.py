"""Lines over a day and over a week; where nothing is known there is no line."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pygal

from airq_cron.domain.daily import DailyStatistic
from airq_cron.domain.period import hour_starts, load_zone
from airq_cron.domain.pollutant import Pollutant, Unit, display, from_micros
from airq_cron.domain.report import Report
from airq_cron.domain.report_words import NAMES, UNIT_NAMES

from .drawing import Theme, finish, options

WEEK = 7
DASHES = {"dasharray": "6, 4"}


def draw_day(report: Report, pollutant: Pollutant, theme: Theme) -> bytes:
    """Draw the hourly means of a day, by the hours that clocks showed."""
    part = report.part(pollutant)
    means = {one.hour: one.mean_micros for one in part.hours} if part else {}
    hours = list(hour_starts(report.period))
    zone = load_zone(report.zone)
    unit = part.figures.unit if part else Unit.UG_M3
    chart = pygal.Line(
        **options(theme),
        show_legend=False,
        title=f"{NAMES[pollutant]}, {report.location.name}, {report.date}",
        y_title=UNIT_NAMES[unit],
        x_title=f"hour of the day, {report.zone}",
        truncate_label=-1,
    )
    chart.x_labels = [f"{hour.astimezone(zone):%H}" for hour in hours]
    chart.add(
        NAMES[pollutant],
        [
            _dot(
                from_micros(means[hour]) if hour in means else None,
                f"{hour.astimezone(zone):%H:%M}",
            )
            for hour in hours
        ],
    )
    return finish(chart)


def draw_week(
    title: str,
    last: date,
    rows: Sequence[DailyStatistic],
    pollutant: Pollutant,
    theme: Theme,
) -> bytes:
    """
    Draw the means and the largest hours of the seven days up to *last*.

    Args:
        rows: statistics of one pollutant; insufficient ones are left out.
    """
    days = [last - timedelta(days=step) for step in reversed(range(WEEK))]
    known = {row.day: row for row in rows if row.sufficient}
    unit = next((row.unit for row in rows), Unit.UG_M3)
    chart = pygal.Line(
        **options(theme),
        title=f"{NAMES[pollutant]}, {title}, week to {last}",
        y_title=UNIT_NAMES[unit],
        truncate_label=-1,
        truncate_legend=-1,
    )
    chart.x_labels = [f"{day:%a} {day.day}" for day in days]
    means = [known[day].mean if day in known else None for day in days]
    largest = [
        None if day not in known or (peak := known[day].max_micros) is None
        else from_micros(peak)
        for day in days
    ]  # fmt: skip
    chart.add("mean of the day", [_dot(one) for one in means])
    chart.add("largest hour", [_dot(one) for one in largest], stroke_style=DASHES)
    return finish(chart)


def _dot(value: Decimal | None, label: str = "") -> dict[str, object] | None:
    if value is None:
        return None
    return {"value": float(display(value)), "label": label}
