"""The JSON of `airq report`: the same document as the API gives."""

from decimal import Decimal

from airq_cron.cli.documents import Document, instant, rounded
from airq_cron.domain.day_index import DayIndex
from airq_cron.domain.pollutant import display, from_micros
from airq_cron.domain.report import Change, DayAlert, PollutantReport, Report
from airq_cron.domain.standards import Comparison


def report_document(report: Report) -> Document:
    """Return the report of a day."""
    return {
        "location": report.location.id,
        "name": report.location.name,
        "date": report.date.isoformat(),
        "zone": report.zone,
        "begins_at": instant(report.period.start),
        "ends_at": instant(report.period.end),
        "hours_expected": report.hours_expected,
        "status": report.status.value,
        "so_far": report.so_far,
        "pollutants": {
            part.figures.pollutant.value: _part(part) for part in report.pollutants
        },
        "indices": {one.scheme: _index(one) for one in report.indices},
        "exceedances": [_comparison(one) for one in report.exceedances],
        "comparisons": [_comparison(one) for one in report.comparisons],
        "alerts": [_alert(one) for one in report.flips],
        "sources": [
            {
                "provider": one.provider,
                "origin": one.origin.value,
                "attribution": one.attribution,
            }
            for one in report.sources
        ],
        "revisions": report.revisions,
        "as_of": instant(report.as_of),
    }


def _part(part: PollutantReport) -> Document:
    row = part.figures
    return {
        "mean": _number(row.mean),
        "min": _micros(row.min_micros),
        "max": _micros(row.max_micros),
        "max_hour": instant(row.max_hour),
        "median": _micros(row.median_micros),
        "p95": _micros(row.p95_micros),
        "max_8h_eu": _micros(row.mda8_eu_micros),
        "max_8h_eu_ends_at": instant(row.mda8_eu_ends_at),
        "max_8h_us": _micros(row.mda8_us_micros),
        "max_8h_us_starts_at": instant(row.mda8_us_starts_at),
        "hours_valid": row.hours_valid,
        "hours_expected": row.hours_expected,
        "coverage": rounded(row.coverage, 4),
        "status": row.status.value,
        "unit": row.unit.value,
        "provider": row.provider,
        "origin": row.origin.value,
        "revision": row.revision,
        "day_before": _change(part.day_before),
        "week_before": _change(part.week_before),
    }


def _change(change: Change | None) -> Document | None:
    if change is None:
        return None
    return {
        "earlier": _number(change.earlier),
        "difference": _number(change.difference),
        "percent": _number(change.percent),
    }


def _index(one: DayIndex) -> Document:
    found = one.index
    return {
        "index": found.index if found else None,
        "category": found.category if found else None,
        "color": found.color if found else None,
        "advice": found.advice if found else None,
        "main_pollutant": one.main_pollutant.value if one.main_pollutant else None,
        "basis": one.basis.value,
        "hour": instant(one.hour),
    }


def _comparison(one: Comparison) -> Document:
    limit = one.limit
    return {
        "standard": limit.standard.value,
        "pollutant": limit.pollutant.value,
        "averaging": limit.averaging.value,
        "limit": _number(limit.value),
        "unit": limit.unit.value,
        "permitted": limit.permitted,
        "per": limit.per,
        "value": _number(one.value),
        "ratio": _number(one.ratio),
        "exceeded": one.exceeded,
    }


def _alert(flip: DayAlert) -> Document:
    return {
        "message": flip.message,
        "cleared_message": flip.cleared_message,
        "scheme": flip.scheme,
        "category": flip.category,
        "began_at": instant(flip.began_at),
        "ended_at": instant(flip.ended_at),
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(display(value))


def _micros(micros: int | None) -> float | None:
    return None if micros is None else _number(from_micros(micros))
