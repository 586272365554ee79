"""Alerts that touched a day stand in its report."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flask import Flask

from airq_cron.cli.report_document import report_document
from airq_cron.services.read_report import read_report
from airq_cron.system import System
from api.report_forms import as_document, report_page
from tests.day_rows import DAY, statistic
from tests.unit.api.air_facts import put_days


@dataclass(frozen=True)
class Alert:
    """An alert, as far as a report tells of it."""

    message: str
    cleared_message: str | None = None
    ended_at: datetime | None = None
    scheme: str | None = "us-epa-2024"
    category: str | None = "Unhealthy"
    began_at: datetime = datetime(2026, 2, 10, 8, tzinfo=UTC)


ENDED = datetime(2026, 2, 10, 20, tzinfo=UTC)
ALERTS = (
    Alert("Paris is unhealthy: PM2.5 <160>."),
    Alert("Paris was hazardous.", "It ended after 12 h.", ENDED),
)


def test_an_alert_is_told_in_every_form(app: Flask, system: System):
    """Its begin, its end, and its words, which are escaped."""
    put_days(system, statistic("96"))
    found = read_report(system.store, "paris", DAY, attributions={})
    report = replace(found, flips=ALERTS)
    with app.test_request_context():
        page = report_page(report).decode()
        document = as_document(report)

    assert "<h2>Alerts</h2>" in page
    assert "PM2.5 &lt;160&gt;." in page
    assert "It ended after 12 h." in page
    assert document["alerts"] == report_document(report)["alerts"]
    assert [None, "2026-02-10T20:00:00Z"] == [
        one["ended_at"] for one in document["alerts"]
    ]


def test_a_day_without_alerts_has_no_heading(app: Flask, system: System):
    """An empty list says nothing."""
    found = read_report(system.store, "paris", DAY, attributions={})
    with app.test_request_context():
        assert "Alerts" not in report_page(found).decode()
