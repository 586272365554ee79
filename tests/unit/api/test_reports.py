"""The report of a day over HTTP, in three forms."""

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from airq_cron.cli.report_document import report_document
from airq_cron.domain.daily import DayStatus
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.scales import SCHEMES
from airq_cron.ports import Unit
from airq_cron.services.read_report import read_report
from airq_cron.system import System
from airq_cron.testing import FakeClock
from api.answers import REPORT_POLICY, attach_reports
from api.charts.calendar import ink_on
from tests.day_rows import DAY, gas, statistic
from tests.structure.sources import ROOT
from tests.unit.api.air_facts import PARIS, put_days
from tests.unit.api.caller import Caller

ADDRESS = f"{PARIS}/reports/{DAY}"
ODD = '=1+1 & <script>alert("x")</script>'


@pytest.fixture
def dirty_day(system: System) -> None:
    """Store the figures of a dirty day, and of the day before it."""
    put_days(
        system,
        statistic("96.541666", largest="131"),
        statistic("82.666667", day=DAY - timedelta(days=1)),
        gas(Pollutant.O3, "17.458333", largest="53", eu="37.125", us="45.25"),
        gas(Pollutant.NO2, "76", valid=3),
    )


def name_paris(system: System, name: str) -> None:
    """Let Paris be called something else."""

    def work(unit: Unit) -> None:
        unit.locations.save(replace(unit.locations.get("paris"), name=name))

    system.store.write(work)


@pytest.mark.usefixtures("dirty_day")
def test_a_report_holds_everything_an_agency_would_sign(viewer: Caller):
    """Figures, index with words, exceedances, change, source."""
    body = viewer.get(ADDRESS).json
    dust = body["pollutants"]["pm2_5"]
    index = body["indices"]["us-epa-2024"]

    assert ("paris", "Europe/Paris", 24, "final", False) == (
        body["location"],
        body["zone"],
        body["hours_expected"],
        body["status"],
        body["so_far"],
    )
    assert (96.5417, 131.0, 24, 1.0) == (
        dust["mean"],
        dust["max"],
        dust["hours_valid"],
        dust["coverage"],
    )
    assert {"earlier": 82.6667, "difference": 13.875, "percent": 16.7843} == dust[
        "day_before"
    ]
    assert (180, "Unhealthy", "pm2_5", "day") == (
        index["index"],
        index["category"],
        index["main_pollutant"],
        index["basis"],
    )
    assert ["who-2021", "eu-2030", "us-naaqs"] == [
        one["standard"] for one in body["exceedances"]
    ]
    assert "Airparif" in body["sources"][0]["attribution"]
    assert [] == body["alerts"]


@pytest.mark.usefixtures("dirty_day")
def test_the_command_line_gives_the_same_document(viewer: Caller, system: System):
    """Two libraries write it, and not a member differs."""
    report = read_report(system.store, "paris", DAY, attributions=system.attributions)

    assert viewer.get(ADDRESS).json == report_document(report)


def test_a_day_without_data_is_the_same_in_both(viewer: Caller, system: System):
    """What is unknown is null in each; the instant of asking may differ."""
    report = read_report(system.store, "paris", DAY, attributions=system.attributions)
    body = viewer.get(ADDRESS).json

    assert body == report_document(report)
    assert ("insufficient", None) == (
        body["status"],
        body["indices"]["us-epa-2024"]["index"],
    )


@pytest.mark.usefixtures("dirty_day")
def test_few_hours_give_no_number(viewer: Caller):
    """The pollutant is insufficient, and none of its limits is judged."""
    body = viewer.get(ADDRESS).json
    judged = [
        one["exceeded"] for one in body["comparisons"] if one["pollutant"] == "no2"
    ]

    assert "insufficient" == body["pollutants"]["no2"]["status"]
    assert [None] * 6 == judged


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", "*/*", "application/json"),
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("", "text/csv", "text/csv"),
        ("", "image/png", "application/json"),
        ("?format=html", "application/json", "text/html"),
        ("?format=csv", "text/html", "text/csv"),
        ("?format=json", "text/html", "application/json"),
    ],
)
@pytest.mark.parametrize("address", [ADDRESS, f"/air/reports/{DAY}"])
def test_the_form_is_chosen(
    viewer: Caller, address: str, query: str, accept: str, kind: str
):
    """`format` wins over `Accept`, and JSON is what is left."""
    answer = viewer.get(address + query, headers={"Accept": accept})

    assert (200, kind) == (answer.status_code, answer.mimetype)
    assert {"Accept", "Authorization"} <= set(answer.vary)


@pytest.mark.usefixtures("dirty_day")
def test_who_has_the_report_gets_304_until_it_is_revised(
    viewer: Caller, system: System
):
    """A revision makes another report, in every form."""
    for form in ("json", "html", "csv"):
        address = f"{ADDRESS}?format={form}"
        tag = viewer.get(address).headers["ETag"]
        known = {"If-None-Match": tag}
        again = viewer.get(address, headers=known)
        assert (304, b"", tag) == (again.status_code, again.data, again.headers["ETag"])

        mean = {"json": "97", "html": "98", "csv": "99"}[form]
        put_days(system, statistic(mean, status=DayStatus.REVISED, revision=int(mean)))
        changed = viewer.get(address, headers=known)
        assert 200 == changed.status_code
        assert mean in changed.text
        assert tag != changed.headers["ETag"]


@pytest.mark.usefixtures("dirty_day")
def test_a_tag_is_of_the_content(viewer: Caller, app: Flask):
    """Two processes give the same one; each form has its own."""
    tags = [
        viewer.get(f"{ADDRESS}?format={form}").headers["ETag"]
        for form in ("json", "html", "csv", "json")
    ]
    attach_reports(app, FakeClock())

    assert 3 == len(set(tags))
    assert tags[0] == tags[3] == viewer.get(ADDRESS).headers["ETag"]
    assert "W/" not in tags[0]


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2026-03-02", 422),
        ("2026-02-30", 422),
        ("1969-12-31", 422),
        ("2026-2-1", 404),
        ("today", 404),
        ("2026-03-01", 200),
    ],
)
def test_impossible_days_are_refused(viewer: Caller, day: str, status: int):
    """What is no date is no address; what lies ahead has no report."""
    answer = viewer.get(f"{PARIS}/reports/{day}")

    assert status == answer.status_code
    if status == 422:
        assert ["date"] == [error["field"] for error in answer.json["errors"]]


def test_an_unknown_place_is_not_found(viewer: Caller, stranger: Caller):
    """And who has no token learns nothing of it."""
    assert 404 == viewer.get(f"/air/locations/rome/reports/{DAY}").status_code
    assert 401 == stranger.get(ADDRESS).status_code
    assert 401 == stranger.get(f"/air/reports/{DAY}").status_code


@pytest.mark.usefixtures("dirty_day")
def test_the_page_can_be_read_by_a_citizen(viewer: Caller):
    """One sentence on top, colour and word, charts, and whom to name."""
    answer = viewer.get(f"{ADDRESS}?format=html")
    page = answer.text

    assert REPORT_POLICY == answer.headers["Content-Security-Policy"]
    assert "<h1>The air in Paris on Tuesday 10 February 2026 was unhealthy" in page
    assert 'class="band us-epa-2024-4"' in page
    assert "Unhealthy</span>" in page
    assert f"charts/day.svg?date={DAY}&amp;pollutant=pm2_5" in page
    assert "Airparif" in page
    assert not re.search(r"<script|style=|onload=", page)


def test_names_are_escaped(viewer: Caller, system: System):
    """In the page, in charts, and for spreadsheets."""
    name_paris(system, ODD)
    put_days(system, statistic())
    page = viewer.get(f"{ADDRESS}?format=html").text
    every = viewer.get(f"/air/reports/{DAY}?format=html").text
    (line,) = read_csv(viewer.get(f"/air/reports/{DAY}?format=csv"))

    assert "<script" not in page + every
    assert "&lt;script&gt;" in page
    assert f"'{ODD}" == line["name"]


def read_csv(answer: Any) -> list[dict[str, str]]:
    """Return the lines of a CSV answer."""
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.usefixtures("dirty_day")
def test_csv_has_a_line_for_each_pollutant(viewer: Caller):
    """Units, provider and attribution stand in each; unknown is empty."""
    answer = viewer.get(f"{ADDRESS}?format=csv")
    dust, ozone, dioxide = read_csv(answer)

    assert ("96.5417", "ug/m3", "180", "airparif") == (
        dust["mean"],
        dust["unit"],
        dust["us_epa_2024"],
        dust["provider"],
    )
    assert ("37.1250", "45.2500") == (ozone["max_8h_eu"], ozone["max_8h_us"])
    assert ("3", "insufficient", "") == (
        dioxide["hours_valid"],
        dioxide["status"],
        dioxide["us_epa_2024"],
    )
    assert f'filename="paris-{DAY}.csv"' in answer.headers["Content-Disposition"]


def test_every_place_has_a_line_and_a_link(
    operator: Caller, viewer: Caller, system: System
):
    """Pages go by location; a place whose day has not begun has no status."""
    for name, zone in (("tonga", "Pacific/Tongatapu"), ("lima", "America/Lima")):
        place = {"id": name, "name": name, "lat": 0, "lon": 0, "zone": zone}
        assert 201 == operator.post("/air/locations", json=place).status_code
    put_days(system, statistic("96.541666", day=date(2026, 3, 1)))
    first = viewer.get("/air/reports/2026-03-02?limit=2").json
    rest = viewer.get(
        f"/air/reports/2026-03-02?limit=2&cursor={first['next_cursor']}"
    ).json

    assert [("lima", None), ("paris", None), ("tonga", "insufficient")] == [
        (one["location"], one["status"]) for one in first["items"] + rest["items"]
    ]
    assert rest["next_cursor"] is None
    assert 200 == viewer.get(rest["items"][0]["href"]).status_code
    assert (
        "more places" in viewer.get("/air/reports/2026-03-01?limit=1&format=html").text
    )


@pytest.mark.parametrize("query", ["format=pdf", "limit=0", "cursor=x", "page=2"])
def test_the_list_refuses_what_it_does_not_know(viewer: Caller, query: str):
    """422, as everywhere."""
    assert 422 == viewer.get(f"/air/reports/{DAY}?{query}").status_code
    assert 422 == viewer.get("/air/reports/2026-03-09").status_code


@pytest.mark.parametrize("scheme", ["us-epa-2024", "eaqi-2024"])
def test_the_page_has_the_colours_of_the_agencies(scheme: str):
    """The style sheet and the tables agree, and letters can be read on them."""
    style = (ROOT / "api/static/bands.css").read_text()

    for band in SCHEMES[scheme].bands:
        line = f".{scheme}-{band.level} {{ background: {band.color};"
        assert f"{line} color: {ink_on(band.color)};" in style
