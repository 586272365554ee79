"""Locations over HTTP: add, read, change, remove."""

from decimal import Decimal
from typing import Any

import pytest

from airq_cron.ports import AuditFilter
from airq_cron.system import System
from tests.unit.api.caller import Caller

LYON: dict[str, Any] = {
    "id": "lyon",
    "name": "Lyon",
    "lat": 45.764,
    "lon": 4.8357,
    "zone": "Europe/Paris",
}
STORED = LYON | {"providers": ["open-meteo"], "enabled": True}


def test_a_new_installation_knows_paris(viewer: Caller):
    """The list of a new installation has one place."""
    body = viewer.get("/air/locations").json

    assert (["paris"], None) == (
        [place["id"] for place in body["items"]],
        body["next_cursor"],
    )


def test_a_location_is_added(operator: Caller):
    """201, the place with its defaults, and its address."""
    answer = operator.post("/air/locations", json=LYON)

    assert (201, STORED) == (answer.status_code, answer.json)
    assert "/air/locations/lyon" == answer.headers["Location"]
    assert STORED == operator.get("/air/locations/lyon").json


def test_a_new_location_is_fetched_from_then_on(operator: Caller):
    """With the first place besides Paris a job for such places appears."""
    operator.post("/air/locations", json=LYON)
    names = [job["name"] for job in operator.get("/cron/jobs/stats").json["jobs"]]

    assert "fetch-other-locations" in names


def test_coordinates_are_kept_exactly(operator: Caller, system: System):
    """What was sent in decimal is stored in decimal."""
    operator.post(
        "/air/locations",
        data='{"id": "x", "name": "X", "lat": 0.1, "lon": -179.999999999,'
        ' "zone": "UTC"}',
        content_type="application/json",
    )
    with system.store.read() as unit:
        place = unit.locations.get("x")

    assert (Decimal("0.1"), Decimal("-179.999999999")) == (place.lat, place.lon)


def test_an_id_is_taken_once(operator: Caller):
    """A second place under the same id is a conflict."""
    operator.post("/air/locations", json=LYON)
    again = operator.post("/air/locations", json=LYON)

    assert (409, "urn:airq:problem:conflict") == (again.status_code, again.json["type"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "Lyon!"}, "id"),
        ({"id": "-lyon"}, "id"),
        ({"id": "x" * 65}, "id"),
        ({"id": 5}, "id"),
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "   "}, "name"),
        ({"lat": 91}, "lat"),
        ({"lat": "45"}, "lat"),
        ({"lat": True}, "lat"),
        ({"lat": 1e300}, "lat"),
        ({"lon": -180.5}, "lon"),
        ({"lon": None}, "lon"),
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"providers": ["nobody"]}, "providers"),
        ({"providers": ["open-meteo", "open-meteo"]}, "providers"),
        ({"providers": [5]}, "providers.0"),
        ({"providers": "open-meteo"}, "providers"),
        ({"enabled": "no"}, "enabled"),
        ({"altitude": 200}, "altitude"),
    ],
)
def test_an_impossible_location_is_refused_with_its_field(
    operator: Caller, change: dict[str, Any], field: str
):
    """Each field is checked, and the first that is wrong is named."""
    answer = operator.post("/air/locations", json=LYON | change)

    assert 422 == answer.status_code, answer.json
    assert field in [error["field"] for error in answer.json["errors"]]


@pytest.mark.parametrize("missing", ["id", "name", "lat", "lon", "zone"])
def test_no_needed_field_may_be_missing(operator: Caller, missing: str):
    """422 names what is missing."""
    body = {name: value for name, value in LYON.items() if name != missing}
    answer = operator.post("/air/locations", json=body)

    assert [missing] == [error["field"] for error in answer.json["errors"]]


def test_a_location_is_changed_in_part(operator: Caller):
    """What is left out stays as it is."""
    operator.post("/air/locations", json=LYON)
    changes = {"name": "Lyon centre", "providers": ["airparif", "open-meteo"]}
    answer = operator.ask("PATCH", "/air/locations/lyon", json=changes)

    assert (200, STORED | changes) == (answer.status_code, answer.json)
    assert STORED | changes == operator.get("/air/locations/lyon").json


def test_the_id_of_a_location_stays(operator: Caller):
    """The id is part of addresses and cannot be changed."""
    answer = operator.ask("PATCH", "/air/locations/paris", json={"id": "lutetia"})

    assert (422, "id") == (answer.status_code, answer.json["errors"][0]["field"])


def test_a_location_is_removed(operator: Caller):
    """204 without a body; then it is not there."""
    operator.post("/air/locations", json=LYON)
    removed = operator.ask("DELETE", "/air/locations/lyon")

    assert (204, b"") == (removed.status_code, removed.data)
    assert 404 == operator.get("/air/locations/lyon").status_code
    assert 404 == operator.ask("DELETE", "/air/locations/lyon").status_code


def test_a_location_that_a_job_fetches_stays(operator: Caller):
    """Removing it would make every run of the job fail."""
    refused = operator.ask("DELETE", "/air/locations/paris")
    operator.post("/cron/jobs/fetch-paris-data/toggle", json={"enabled": False})
    removed = operator.ask("DELETE", "/air/locations/paris")

    assert (409, 204) == (refused.status_code, removed.status_code)
    assert "fetch-paris-data" in refused.json["detail"]


def test_locations_are_listed_in_pages(operator: Caller):
    """Cursors lead through all of them by id."""
    for number in range(4):
        operator.post("/air/locations", json=LYON | {"id": f"p{number}"})
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = operator.get(
            f"/air/locations?limit=2{cursor and '&cursor=' + cursor}"
        ).json
        seen += [place["id"] for place in page["items"]]
        cursor = page["next_cursor"]

    assert ["p0", "p1", "p2", "p3", "paris"] == seen


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_location_is_not_there(operator: Caller, method: str):
    """404 names it."""
    given = {"json": {"name": "x"}} if method == "PATCH" else {}
    answer = operator.ask(method, "/air/locations/rome", **given)

    assert (404, "unknown location: rome") == (
        answer.status_code,
        answer.json["detail"],
    )


def test_every_change_is_in_the_audit_trail(operator: Caller, system: System):
    """Who, what it was and what it is; nothing for a change that changes nothing."""
    operator.post("/air/locations", json=LYON)
    for name in ("Lyon", "Lugdunum"):
        operator.ask("PATCH", "/air/locations/lyon", json={"name": name})
    operator.ask("DELETE", "/air/locations/lyon")
    with system.store.read() as unit:
        where = AuditFilter(subject="location:lyon")
        trail = unit.audit.find(where, limit=9, after=None)[::-1]

    assert {"token:operator"} == {entry.actor for entry in trail}
    assert [
        ("location.add", None, STORED),
        ("location.update", {"name": "Lyon"}, {"name": "Lugdunum"}),
        ("location.remove", STORED | {"name": "Lugdunum"}, None),
    ] == [(entry.action, entry.before, entry.after) for entry in trail]
