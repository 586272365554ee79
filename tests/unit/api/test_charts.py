"""Charts are still pictures that say what they show without colour."""

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from airq_cron.domain.daily import DayStatus
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.scales.us_epa_2024 import US_EPA_2024
from airq_cron.system import System
from api.answers import CHART_POLICY
from api.charts.calendar import LETTERS, ink_on
from api.charts.drawing import Theme
from tests.day_rows import DAY, gas, statistic
from tests.unit.api.air_facts import MEASURED, NOON, PARIS, measure, put_days
from tests.unit.api.caller import Caller
from tests.unit.api.test_reports import ODD, name_paris

HOUR = timedelta(hours=1)
NAMES = ("day", "week", "year")
SVG = "{http://www.w3.org/2000/svg}"


def draw(caller: Caller, name: str, query: str = "") -> Any:
    """Ask for a chart of Paris."""
    return caller.get(f"{PARIS}/charts/{name}.svg?{query}")


def texts(answer: Any) -> list[str]:
    """Return the texts and titles of a chart, in order."""
    root = ET.fromstring(answer.data)
    return [one.text for one in root.iter() if one.text and one.tag != f"{SVG}style"]


def dots(answer: Any) -> int:
    """Return how many values a chart of lines marks."""
    text: str = answer.text
    return text.count("<circle")


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("name", NAMES)
def test_a_chart_runs_nothing(viewer: Caller, name: str, theme: Theme):
    """It is sandboxed, has no script, names no other host and nobody's software."""
    answer = draw(viewer, name, f"theme={theme}")

    assert (200, "image/svg+xml", CHART_POLICY) == (
        answer.status_code,
        answer.mimetype,
        answer.headers["Content-Security-Policy"],
    )
    assert "<script" not in answer.text
    assert "<!--" not in answer.text
    assert [] == [
        word
        for word in answer.text.replace("http://www.w3.org/", "").split()
        if "http" in word
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_figures_give_the_same_bytes(
    viewer: Caller, system: System, name: str
):
    """So who has the chart gets 304 until a figure changes."""
    put_days(system, statistic("5", day=date(2026, 2, 28)))
    first, second = draw(viewer, name), draw(viewer, name)
    known = {"If-None-Match": first.headers["ETag"]}
    again = viewer.get(f"{PARIS}/charts/{name}.svg", headers=known)

    assert first.data == second.data
    assert 304 == again.status_code
    measure(system, [NOON])
    put_days(system, statistic("96", day=date(2026, 2, 28)))
    changed = viewer.get(f"{PARIS}/charts/{name}.svg", headers=known)
    assert 200 == changed.status_code


@pytest.mark.parametrize("name", NAMES)
def test_the_themes_differ(viewer: Caller, name: str):
    """Dark paper is dark."""
    assert "#ffffff" in draw(viewer, name, "theme=light").text
    assert "#14171c" in draw(viewer, name, "theme=dark").text


def test_a_missing_hour_is_a_gap(viewer: Caller, system: System):
    """Neither a dot nor a line at zero; a measured zero has its dot."""
    start = NOON - 5 * HOUR
    hours = [start, start + HOUR, start + 3 * HOUR]
    measure(system, hours[:1], source=MEASURED, value="0")
    measure(system, hours[1:], source=MEASURED)

    assert 3 == dots(draw(viewer, "day"))
    assert 0 == dots(draw(viewer, "day", "pollutant=o3"))
    assert "No data" in texts(draw(viewer, "day", "pollutant=o3"))


@pytest.mark.parametrize(
    ("day", "labels"),
    [("2025-03-30", 23), ("2025-10-26", 25), ("2026-02-10", 24)],
)
def test_a_day_has_the_hours_that_clocks_showed(
    viewer: Caller, system: System, day: str, labels: int
):
    """02 is missing in spring, and stands twice in autumn."""
    measure(system, [NOON])
    measure(system, [NOON.replace(year=2025, month=3, day=30)])
    measure(system, [NOON.replace(year=2025, month=10, day=26)])
    measure(system, [NOON.replace(month=2, day=10)])
    root = ET.fromstring(draw(viewer, "day", f"date={day}").data)
    axis = root.find(f".//{SVG}g[@class='axis x']")
    assert axis is not None
    found = [one.text for one in axis.iter(f"{SVG}text")]

    assert labels == len(found)
    assert {23: 0, 24: 1, 25: 2}[labels] == found.count("02")


def test_an_insufficient_day_is_a_gap_in_its_week(viewer: Caller, system: System):
    """Of seven days five are known: two lines of five dots."""
    put_days(
        system,
        *(statistic(day=DAY - timedelta(days=step)) for step in (0, 1, 3, 4, 6)),
        statistic(day=DAY - timedelta(days=5), valid=3),
    )

    assert 10 == dots(draw(viewer, "week", f"date={DAY}"))


def test_the_calendar_reads_in_black_and_white(viewer: Caller, system: System):
    """Every day has a title, and every band its own letter."""
    put_days(
        system,
        statistic("96", day=date(2026, 2, 9)),
        statistic("5", day=date(2026, 2, 10)),
        statistic("5", day=date(2026, 2, 11), valid=2, status=DayStatus.INSUFFICIENT),
    )
    found = texts(draw(viewer, "year"))

    assert 365 == len([one for one in found if one.startswith("2026-")])
    assert {
        "2026-02-09: 179, Unhealthy",
        "2026-02-10: 28, Good",
        "2026-02-11: insufficient",
        "2026-02-12: no data",
    } <= set(found)


def test_the_calendar_shows_the_place_or_one_pollutant(viewer: Caller, system: System):
    """Without a pollutant the worst of them counts."""
    put_days(system, statistic("96"), gas(Pollutant.NO2, "10"))
    place = texts(draw(viewer, "year"))
    dioxide = texts(draw(viewer, "year", "pollutant=no2"))
    ozone = texts(draw(viewer, "year", "pollutant=o3"))

    assert f"{DAY}: 179, Unhealthy" in place
    assert f"{DAY}: 5, Good" in dioxide
    assert f"{DAY}: no data" in ozone


def test_a_leap_year_has_all_its_days(viewer: Caller):
    """The calendar ends with December."""
    found = texts(draw(viewer, "year", "date=2024-05-01"))

    assert 366 == len([one for one in found if one.startswith("2024-")])


@pytest.mark.parametrize("name", NAMES)
def test_names_are_escaped(viewer: Caller, system: System, name: str):
    """What a place is called is text."""
    name_paris(system, ODD)
    answer = draw(viewer, name)

    assert "<script" not in answer.text
    assert any(ODD in one for one in texts(answer))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "query",
    ["date=2026-03-02", "date=1", "pollutant=dust", "theme=pink", "width=9", "date="],
)
def test_what_cannot_be_drawn_is_refused(viewer: Caller, name: str, query: str):
    """422; nothing of a size is taken from outside."""
    assert 422 == draw(viewer, name, query).status_code


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_place_has_no_chart(viewer: Caller, stranger: Caller, name: str):
    """And without a token there is none at all."""
    assert 404 == viewer.get(f"/air/locations/rome/charts/{name}.svg").status_code
    assert 401 == stranger.get(f"{PARIS}/charts/{name}.svg").status_code


def test_every_band_has_its_letter():
    """No two are alike, so a photocopy can be read."""
    assert [band.category for band in US_EPA_2024.bands] == list(LETTERS)
    assert len(LETTERS) == len(set(LETTERS.values()))


def test_letters_can_be_read_on_their_colour():
    """Black on yellow, white on maroon."""
    assert ("#000000", "#ffffff") == (ink_on("#FFFF00"), ink_on("#7E0023"))
