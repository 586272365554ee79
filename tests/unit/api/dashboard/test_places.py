"""The pages of places: their air now, today and this year, and what is missing."""

from decimal import Decimal

import pytest

from airq_cron.domain.measurement import Location
from airq_cron.domain.pollutant import Pollutant
from airq_cron.ports import Unit
from airq_cron.services.read_backfills import find_backfills
from airq_cron.system import System
from tests.unit.api.air_facts import HOUR, NOON, measure
from tests.unit.api.caller import Caller
from tests.unit.api.dashboard.pages import HOSTILE, PERSON, buttons, check, see

PARIS = "/locations/paris"


def add_places(system: System, count: int, name: str = "Place") -> None:
    """Add so many places."""

    def work(unit: Unit) -> None:
        for number in range(count):
            place = f"p{number:03}"
            unit.locations.add(Location(place, name, Decimal(1), Decimal(1), "UTC"))

    system.store.write(work)


def test_a_place_shows_what_there_is(viewer: Caller, system: System):
    """The newest values with their bands, the day so far, the year."""
    measure(system, [NOON - number * HOUR for number in range(20)], value="40.5")
    measure(system, [NOON], pollutant=Pollutant.O3, value="171.2")
    page = see(viewer, PARIS)
    shown = [one["data-pollutant"] for one in page.all("tr") if "data-pollutant" in one]

    assert ["pm2_5", "o3"] == shown
    for text in ("40.5", "Unhealthy", "open-meteo, modelled", "The day so far"):
        assert text in page.text
    assert page.all("div", **{"class": "chip us-epa-2024-3"})
    charts = [str(one["src"]) for one in page.all("img") if "charts" in str(one["src"])]
    assert 3 == len(charts)
    for chart in charts:
        assert "image/svg+xml" == viewer.get(chart).mimetype


def test_a_place_without_any_data_says_so(viewer: Caller):
    """In each of its parts."""
    page = see(viewer, PARIS)

    for text in ("Nothing has been measured", "No hour of this day", "nothing yet"):
        assert text in page.text


@pytest.mark.parametrize("count", [0, 1, 70])
def test_any_number_of_places_is_listed(viewer: Caller, system: System, count: int):
    """Fifty a page; none says what to do."""
    system.store.write(lambda unit: unit.locations.remove("paris"))
    add_places(system, count)
    page = see(viewer, "/locations")
    shown = [one for one in page.all("tr") if "data-place" in one]

    assert min(50, count) == len(shown)
    assert ("airq locations add" in page.text) == (count == 0)
    if count > 50:
        (more,) = page.all("a", rel="next")
        rest = see(viewer, f"/locations{more['href']}")
        assert count - 50 == len([one for one in rest.all("tr") if "data-place" in one])


def test_a_place_whose_name_is_hostile_is_text(viewer: Caller, system: System):
    """In the list and on its page."""
    add_places(system, 1, HOSTILE)
    for path in ("/locations", "/locations/p000"):
        page = see(viewer, path)
        assert HOSTILE in page.text, path
        assert [] == page.all("img", src="x"), path


def test_an_unknown_place_is_a_page_of_its_own(viewer: Caller):
    """404."""
    assert "Unknown location: nowhere" in see(viewer, "/locations/nowhere", 404).text


def test_a_gap_is_filled_by_a_button(operator: Caller, system: System):
    """The backfill then stands on the page."""
    hours = [NOON - number * HOUR for number in (10, 11, 20, 21)]
    measure(system, hours)
    page = see(operator, PARIS)
    assert "1 gaps, 8 h" in page.text or "gaps" in page.text
    assert [f"{PARIS}/fill"] == buttons(page)
    answer = operator.post(f"{PARIS}/fill", data={"next": PARIS})
    (found,) = find_backfills(system.store, job=None, limit=5, after=None).items

    assert f"{PARIS}?done=filling" == answer.location
    after = see(operator, PARIS)
    assert after.all("tr", data_backfill=found.backfill.id)
    assert (
        "The missing hours are being asked for." in see(operator, answer.location).text
    )


def test_nothing_to_fill_is_no_button(operator: Caller):
    """Who sends the form all the same reads why not."""
    assert [] == buttons(see(operator, PARIS))
    answer = operator.post(f"{PARIS}/fill", data={"next": PARIS}, headers=PERSON)

    assert "no gap that can be filled" in check(answer, 409).text


def test_a_viewer_only_looks(viewer: Caller, system: System):
    """No button, and the server refuses."""
    measure(system, [NOON - number * HOUR for number in (10, 20)])

    assert [] == buttons(see(viewer, PARIS))
    check(viewer.post(f"{PARIS}/fill", data={"x": ""}, headers=PERSON), 403)
    assert () == find_backfills(system.store, job=None, limit=5, after=None).items
