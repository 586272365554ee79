"""The pages that add, change and remove a place."""

from decimal import Decimal
from typing import Any

import pytest

from airq_cron.errors import NotFoundError
from airq_cron.services.manage_jobs import list_jobs
from airq_cron.services.manage_locations import list_locations, read_location
from airq_cron.system import System
from tests.unit.api.air_facts import HOUR, NOON, measure
from tests.unit.api.caller import Caller
from tests.unit.api.dashboard.pages import HOSTILE, PERSON, check, filled, see, wrong

NEW, EDIT, REMOVE = "/new-location", "/locations/paris/edit", "/locations/paris/remove"
LYON = {
    "id": "lyon",
    "name": "Lyon",
    "lat": "45.764",
    "lon": "-4.8357",
    "zone": "Europe/Paris",
}


def send(caller: Caller, path: str, sent: dict[str, str]) -> Any:
    """Send a form."""
    return caller.post(path, data=sent, headers=PERSON)


def form(operator: Caller, **typed: str) -> dict[str, str]:
    """Return the form of a new place, with what somebody typed."""
    return filled(see(operator, NEW), "new-form") | LYON | typed


def edit(operator: Caller, **typed: str) -> Any:
    """Send the form for changing Paris as its page filled it in, but for *typed*."""
    before = filled(see(operator, EDIT), "edit-form")
    return send(operator, EDIT, before | typed)


def ids(system: System) -> list[str]:
    """Return the ids of all places."""
    return [one.id for one in list_locations(system.store, limit=99, after=None).items]


def test_a_place_is_added(operator: Caller, system: System):
    """Exactly where it was said to be, with the usual provider; a job fetches it."""
    answer = send(operator, NEW, form(operator))
    place = read_location(system.store, "lyon")

    assert "/locations/lyon?done=added" == answer.location
    assert (Decimal("45.764"), Decimal("-4.8357")) == (place.lat, place.lon)
    assert ("Lyon", ("open-meteo",)) == (place.name, place.providers)
    assert "fetched from the next minute on" in see(operator, answer.location).text
    jobs = list_jobs(system.store, limit=99, after=None).items
    assert "fetch-other-locations" in [job.name for job in jobs]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "Not An Id"),
        ("id", ""),
        ("name", " "),
        ("name", "x" * 201),
        ("lat", "north"),
        ("lat", "91"),
        ("lat", "NaN"),
        ("lat", "1e999999999"),
        ("lon", ""),
        ("lon", "181"),
        ("zone", "Mars/Olympus"),
        ("zone", HOSTILE),
        ("providers", "nobody"),
        ("providers", "x" * 65),
        ("providers", "open-meteo, open-meteo"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    operator: Caller, system: System, field: str, value: str
):
    """422, and what was typed stays."""
    page = check(send(operator, NEW, form(operator, **{field: value})), 422)

    assert {f"new-{field}": value} == wrong(page)
    kept = {name: text for name, text in LYON.items() if name != field}
    assert kept.items() <= filled(page, "new-form").items()
    assert [] == page.all("img", src="x")
    assert ["paris"] == ids(system)


def test_an_id_that_is_taken_is_told_at_its_field(operator: Caller):
    """409."""
    page = check(send(operator, NEW, form(operator, id="paris")), 409)

    assert {"new-id": "paris"} == wrong(page)


def test_a_form_that_is_sent_twice_adds_one_place(operator: Caller, system: System):
    """Both answers lead to it."""
    sent = form(operator)
    answers = [send(operator, NEW, sent) for _ in range(2)]

    assert ["/locations/lyon?done=added"] * 2 == [one.location for one in answers]
    assert ["lyon", "paris"] == ids(system)


def test_a_place_is_changed(operator: Caller, system: System):
    """What is written into its fields, and no more."""
    before = read_location(system.store, "paris")
    answer = edit(operator, name=HOSTILE, enabled="false")
    place = read_location(system.store, "paris")

    assert "/locations/paris?done=saved" == answer.location
    assert (HOSTILE, False) == (place.name, place.enabled)
    assert (before.lat, before.lon, before.zone, before.providers) == (
        place.lat,
        place.lon,
        place.zone,
        place.providers,
    )
    for path in ("/locations/paris", EDIT):
        assert [] == see(operator, path).all("img", src="x")


def test_saving_without_a_change_changes_nothing(operator: Caller, system: System):
    """The form is filled in with what there is."""
    before = read_location(system.store, "paris")

    assert 303 == edit(operator).status_code
    assert before == read_location(system.store, "paris")


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("lat", "x"), ("zone", "Nowhere"), ("providers", "")],
)
def test_a_change_that_cannot_be_is_told_at_its_field(
    operator: Caller, system: System, field: str, value: str
):
    """422, what was typed stays, and nothing is kept."""
    before = read_location(system.store, "paris")
    page = check(edit(operator, **{field: value}), 422)

    assert {f"edit-{field}": value} == wrong(page)
    assert before == read_location(system.store, "paris")


def test_a_place_is_removed_by_whoever_types_its_id(operator: Caller, system: System):
    """With everything measured there; sent twice it is gone once."""
    measure(system, [NOON - number * HOUR for number in range(3)])
    operator.post("/jobs/fetch-paris-data/toggle", data={"enabled": "false"})
    answers = [send(operator, REMOVE, {"confirm": "paris"}) for _ in range(2)]

    assert ["/locations?done=removed"] * 2 == [one.location for one in answers]
    with pytest.raises(NotFoundError):
        read_location(system.store, "paris")
    assert "is removed" in see(operator, answers[0].location).text


@pytest.mark.parametrize("typed", ["", "Paris", "lyon", HOSTILE])
def test_another_word_removes_nothing(operator: Caller, system: System, typed: str):
    """422 at the field."""
    page = check(send(operator, REMOVE, {"confirm": typed}), 422)

    assert {"remove-confirm": typed} == wrong(page)
    assert "Paris" == filled(page, "edit-form")["name"]
    assert ["paris"] == ids(system)


def test_a_place_that_a_job_fetches_stays(operator: Caller, system: System):
    """409, with what to do."""
    page = check(send(operator, REMOVE, {"confirm": "paris"}), 409)

    assert "fetch-paris-data fetches paris; disable it first" in page.text
    assert ["paris"] == ids(system)


def test_an_unknown_place_cannot_be_changed(operator: Caller):
    """404."""
    see(operator, "/locations/nowhere/edit", 404)
    check(send(operator, "/locations/nowhere/edit", LYON), 404)
    check(send(operator, "/locations/nowhere/remove", {"confirm": "x"}), 404)


def test_a_viewer_only_looks(viewer: Caller, operator: Caller, system: System):
    """No links, and the server refuses."""
    for path, link in (("/locations", NEW), ("/locations/paris", EDIT)):
        assert [] == see(viewer, path).all("a", href=link)
        assert [] != see(operator, path).all("a", href=link)
        check(viewer.get(link, headers=PERSON), 403)
    for path in (NEW, EDIT, REMOVE):
        check(send(viewer, path, LYON | {"confirm": "paris"}), 403)
    assert ["paris"] == ids(system)
