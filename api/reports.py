"""Reports: what the air of a day was, in one place and in all."""

from datetime import date
from typing import Any

from flask import Response

from airq_cron.domain.page import Page, encode_cursor
from airq_cron.domain.role import Role
from airq_cron.services.list_reports import ReportLine, list_reports
from airq_cron.services.read_report import read_report, read_stamp

from . import report_examples as examples
from .answers import KEPT, answer_form, chosen_form, reports
from .area import Answer, Area, Takes
from .context import the_system
from .form_examples import REPORT_FORMS, REPORTS_FORMS
from .paths import day_of
from .report_forms import (
    lines_csv,
    lines_json,
    lines_page,
    report_csv,
    report_json,
    report_page,
)
from .report_schema import ReportPageSchema, ReportQuery, ReportSchema, ReportsQuery

area = Area("reports", "What the air of a day was")
WRITERS = {"json": report_json, "html": report_page, "csv": report_csv}


@area.endpoint(
    "GET",
    "/air/reports/<day:date>",
    role=Role.VIEWER,
    takes=Takes(query=ReportsQuery),
    answer=Answer(
        ReportPageSchema,
        example=examples.REPORT_PAGE,
        headers=KEPT,
        forms=REPORTS_FORMS,
    ),
    errors=(304,),
)
def every(query: dict[str, Any], date: str) -> Response:
    """Report a local day of every place, a line each; JSON, HTML or CSV."""
    day, form = day_of(date), chosen_form(query.get("format"))
    page = list_reports(
        the_system().store,
        day,
        limit=query["limit"],
        after=query.get("cursor"),
        attributions=the_system().attributions,
    )
    return answer_form(form, _lines(day, page, form), file=f"reports-{day}")


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/reports/<day:date>",
    role=Role.VIEWER,
    takes=Takes(query=ReportQuery),
    answer=Answer(
        ReportSchema, example=examples.REPORT, headers=KEPT, forms=REPORT_FORMS
    ),
    errors=(304,),
)
def one(query: dict[str, Any], id: str, date: str) -> Response:  # noqa: A002
    """Report a local day of a place; JSON, HTML or CSV, with an ETag."""
    day, form = day_of(date), chosen_form(query.get("format"))
    return answer_form(form, _body(id, day, form), file=f"{id}-{day}")


def _body(location_id: str, day: date, form: str) -> bytes:
    system = the_system()
    key = (form, *read_stamp(system.store, location_id, day))

    def make() -> bytes:
        report = read_report(
            system.store, location_id, day, attributions=system.attributions
        )
        return WRITERS[form](report)

    return reports().get(key, make)


def _lines(day: date, page: Page[ReportLine], form: str) -> bytes:
    lines = [_line(item, day) for item in page.items]
    if form == "html":
        more = None if page.after is None else encode_cursor(page.after)
        return lines_page(day, lines, more)
    return (
        lines_csv(day, lines) if form == "csv" else lines_json(day, lines, page.after)
    )


def _line(item: ReportLine, day: date) -> dict[str, Any]:
    report = item.report
    return {
        "location": item.location.id,
        "name": item.location.name,
        "zone": item.location.zone,
        "status": report.status if report else None,
        "so_far": report.so_far if report else False,
        "indices": {one.scheme: one for one in report.indices} if report else {},
        "exceedances": len(report.exceedances) if report else 0,
        "href": f"/air/locations/{item.location.id}/reports/{day}",
    }
