"""Bodies of OpenAQ: what is read, and what is malformed."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import MalformedError, PermanentLocationError
from airq_cron.providers.openaq_body import read_hours, read_stations
from airq_cron.providers.openaq_station import Sensor

FIXTURES = Path(__file__).parents[2] / "fixtures" / "openaq"
NO2 = Sensor(101, Pollutant.NO2, Unit.UG_M3)
DAY = datetime(2026, 10, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def body(name: str) -> bytes:
    """Return one of our fixtures as it is sent."""
    return (FIXTURES / name).read_bytes()


def hour(**changes: Any) -> bytes:
    """Return an answer of one hour of which something is different."""
    value: dict[str, Any] = json.loads(body("hours_null.json"))["results"][1]
    period = value["period"]
    for name, text in changes.items():
        if name in period:
            period[name] = text and {"utc": text, "local": "?"}
        else:
            value[name] = text
    return json.dumps({"results": [value]}).encode()


def test_the_hour_is_the_one_that_ends(shared_data: Path) -> None:
    """What the documentation labels 20:00 began at 19:00."""
    recorded = shared_data / "openaq" / "docs_sensor_measurements_raw.json"
    ozone = Sensor(3917, Pollutant.O3, Unit.PPM)

    first = read_hours(recorded.read_bytes(), ozone).readings[0]

    assert datetime(2016, 3, 6, 19, tzinfo=UTC) == first.valid_from
    assert (Decimal("0.043"), Unit.PPM) == (first.value, first.unit)


def test_instants_have_two_spellings() -> None:
    """`Z`, `+00:00`, and any other offset are the same instant."""
    page = read_hours(body("hours_spellings.json"), NO2)

    assert [DAY + n * HOUR for n in (2, 3, 4)] == [
        one.valid_from for one in page.readings
    ]
    assert 3 == page.size


def test_a_null_is_a_reading_without_value() -> None:
    """Aggregates have such hours."""
    page = read_hours(body("hours_null.json"), NO2)

    assert [None, Decimal(7)] == [one.value for one in page.readings]


def test_each_hour_has_its_own_unit() -> None:
    """A sensor that changed its unit has hours in both."""
    page = read_hours(body("hours_units.json"), NO2)

    assert [Unit.PPM, Unit.PPB, Unit.UG_M3] == [one.unit for one in page.readings]


def test_numbers_are_exact() -> None:
    """No float comes between the answer and the store."""
    [one] = read_hours(b'{"results":[' + hour()[13:-2] + b"]}", NO2).readings
    [exact] = read_hours(hour().replace(b'"value": 7', b'"value": 9.1'), NO2).readings

    assert (Decimal(7), Decimal("9.1")) == (one.value, exact.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"value": "7"},
        {"value": True},
        {"value": [7]},
        {"period": None},
        {"datetimeFrom": None},
        {"datetimeFrom": "2026-10-03"},
        {"datetimeFrom": "2026-10-03T03:00:00"},
        {"datetimeFrom": "0001-01-01T00:00:00+23:00"},
        {"datetimeFrom": "2026-10-03T01:00:00Z"},
        {"datetimeTo": "2026-10-03T04:30:00Z"},
        {"datetimeTo": "2026-10-03T02:00:00Z"},
        {"parameter": {"units": "c"}},
        {"parameter": {"units": 3}},
    ],
)
def test_absurd_hours_are_malformed(changes: dict[str, Any]) -> None:
    """They are never guessed at."""
    with pytest.raises(MalformedError):
        read_hours(hour(**changes), NO2)


def test_hours_of_another_beat_are_the_stations_fault() -> None:
    """Half past is no hour of ours; the breaker has nothing to do with it."""
    halves = hour(
        datetimeFrom="2026-10-03T02:30:00Z", datetimeTo="2026-10-03T03:30:00Z"
    )

    with pytest.raises(PermanentLocationError, match="minute 30"):
        read_hours(halves, NO2)


def test_stations_are_read() -> None:
    """With the sensors that are ours, whom to name and their record."""
    near = read_stations(body("locations.json"))[1]

    assert ("Near square", 10, "CC BY 4.0") == (near.name, near.id, near.licence)
    assert "City; EEA France; Airsource" == near.attribution
    assert {
        (101, Pollutant.NO2, Unit.UG_M3),
        (104, Pollutant.PM10, Unit.UG_M3),
        (105, Pollutant.NO2, Unit.PPB),
    } == {(one.id, one.pollutant, one.unit) for one in near.sensors}
    assert (Decimal("48.857"), Decimal("2.353")) == near.at


@pytest.mark.parametrize("name", ["py_locations.json", "py_locations_variation.json"])
def test_recorded_locations_are_read(shared_data: Path, name: str) -> None:
    """Gases of a station in the United States come in ppm."""
    recorded = (shared_data / "openaq" / name).read_bytes()
    if b'"sensors"' not in recorded:
        with pytest.raises(MalformedError, match="no sensors"):
            read_stations(recorded)
        return
    [station] = read_stations(recorded)

    units = {one.pollutant: one.unit for one in station.sensors}
    assert (Unit.PPM, Unit.UG_M3) == (units[Pollutant.O3], units[Pollutant.PM2_5])
    assert {*Pollutant} == {*units}
    assert "Unknown Governmental Organization; AirNow" == station.attribution


@pytest.mark.parametrize(
    "change",
    [
        {"id": "10"},
        {"sensors": None},
        {"sensors": [{"id": 1}]},
        {"coordinates": [48, 2]},
        {"coordinates": {"latitude": 2.35, "longitude": 480}},
        {"coordinates": {"latitude": "48", "longitude": 2}},
        {"datetimeLast": "2026-10-03"},
        {"datetimeLast": {"utc": "soon"}},
    ],
)
def test_absurd_stations_are_malformed(change: dict[str, Any]) -> None:
    """The station is named by its place in the answer."""
    station = json.loads(body("locations.json"))["results"][1] | change

    with pytest.raises(MalformedError, match="location 0"):
        read_stations(json.dumps({"results": [station]}).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"coordinates": None},
        {"coordinates": {"latitude": None, "longitude": None}},
        {"name": None, "owner": None, "provider": 7, "licenses": "none"},
        {"licenses": [None, {"attribution": None, "name": 3}]},
        {"datetimeFirst": None, "datetimeLast": None},
        {"isMonitor": None},
    ],
)
def test_what_is_left_out_does_not_matter(change: dict[str, Any]) -> None:
    """A station that does not say who it is is a station."""
    station = json.loads(body("locations.json"))["results"][1] | change

    assert 10 == read_stations(json.dumps({"results": [station]}).encode())[0].id


@pytest.mark.parametrize("name", ["locations.json", "hours_units.json"])
def test_every_truncation_is_malformed(name: str) -> None:
    """Whatever byte the line breaks at."""
    whole = body(name).rstrip()
    read = read_stations if name == "locations.json" else lambda b: read_hours(b, NO2)

    for end in range(0, len(whole), 7):
        with pytest.raises(MalformedError):
            read(whole[:end])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["results", "id", "sensors", "period", "value", "utc"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_read_or_malformed(value: Any) -> None:
    """No other error ever comes out."""
    text = json.dumps(value).encode()
    for read in (read_stations, lambda one: read_hours(one, NO2)):
        try:
            read(text)
        except (MalformedError, PermanentLocationError):
            continue
