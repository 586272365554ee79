"""The sandbox's answers, held against recorded ones."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import Pollutant
from airq_cron.sandbox import Fault, Pace, Sandbox, Synthetic
from airq_cron.testing import FakeClock

NOW = datetime(2026, 10, 8, 21, 34, 56, tzinfo=UTC)
HOUR_S = 3600
PARIS = "latitude=48.8566&longitude=2.3522"
TWO = "latitude=48.8566,40.7&longitude=2.3522,-74.0"
BRNO = (
    "latitude=49.2&longitude=16.6&timezone=Europe/Prague&timeformat=unixtime"
    "&forecast_days=3&hourly=european_aqi,pm2_5,pm10,alder_pollen,birch_pollen,"
    "grass_pollen,mugwort_pollen,olive_pollen,ragweed_pollen"
)
LAHORE = (
    "latitude=31.5&longitude=74.4&timezone=Asia/Karachi&forecast_days=5"
    "&hourly=pm2_5,pm10,european_aqi,us_aqi"
)


class Counting:
    """A source whose value is the hour itself, so that one sees which is shown."""

    origin = Origin.SYNTHETIC
    title = "hours"

    def value(self, pollutant: Pollutant, lat: float, lon: float, hour: int) -> float:
        """Return *hour*."""
        return float(hour)


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock in the evening."""
    return FakeClock(NOW)


@pytest.fixture
def sandbox(clock: FakeClock) -> Sandbox:
    """Give a sandbox with the synthetic model."""
    return Sandbox(Synthetic(), clock=clock)


def ask(sandbox: Sandbox, query: str) -> Any:
    """Return the JSON that answers *query*."""
    return json.loads(sandbox.answer(query).body)


def shape(value: Any) -> Any:
    """Return keys and types in their order, numbers as one kind."""
    if isinstance(value, dict):
        return [(name, shape(member)) for name, member in value.items()]
    if isinstance(value, list):
        return [len(value), shape(value[0])]
    return "number" if isinstance(value, (int, float)) else type(value).__name__


@pytest.mark.parametrize(
    ("name", "query", "begin"),
    [
        ("hourly_brno_2026-10-01_unixtime", BRNO, "2026-09-30T22:05"),
        ("hourly_lahore_2026-10-08_iso8601_local", LAHORE, "2026-10-07T20:00"),
    ],
    ids=["brno", "lahore"],
)
def test_answer_has_the_shape_of_the_recorded_one(
    shared_data: Path, clock: FakeClock, name: str, query: str, begin: str
) -> None:
    """Asked the same on the same day, keys, order, units, stamps and lengths agree."""
    path = shared_data / f"open-meteo/{name}.json"
    recorded = json.loads(path.read_text(encoding="utf-8"))
    clock.set_to(datetime.fromisoformat(f"{begin}+00:00"))

    answer = ask(Sandbox(Synthetic(), clock=clock), query)

    # Indices and pollen are null here.
    for name_ in list(recorded["hourly"]):
        if name_ not in {"time", "pm2_5", "pm10"}:
            assert set(answer["hourly"].pop(name_)) == {None}
            del recorded["hourly"][name_]
    assert shape(recorded) == shape(answer)
    assert recorded["hourly"]["time"] == answer["hourly"]["time"]
    assert recorded["hourly_units"] == answer["hourly_units"]
    for member in ("utc_offset_seconds", "timezone", "timezone_abbreviation"):
        assert recorded[member] == answer[member]


def test_units_are_written_as_upstream_does(sandbox: Sandbox) -> None:
    """The micro sign is the Greek letter, as raw UTF-8."""
    body = sandbox.answer(f"{PARIS}&hourly=pm10").body

    assert '"pm10":"\u03bcg/m\u00b3"'.encode() in body
    assert b", " not in body


def test_several_places_are_an_array(sandbox: Sandbox) -> None:
    """The first element has no location_id, the others count from 1."""
    elements = ask(sandbox, f"{TWO}&hourly=pm10")

    assert [None, 1] == [element.get("location_id") for element in elements]
    assert [(48.9, 2.4), (40.7, -74.0)] == [
        (element["latitude"], element["longitude"]) for element in elements
    ]
    assert elements[0]["hourly"]["pm10"] != elements[1]["hourly"]["pm10"]


def test_one_place_is_an_object(sandbox: Sandbox) -> None:
    """One place is answered without an array."""
    assert "location_id" not in ask(sandbox, f"{PARIS}&hourly=pm10")


def test_current_has_the_shape_of_the_recorded_one(
    sandbox: Sandbox, shared_data: Path
) -> None:
    """The present hour, its interval and its units are there."""
    name = "open-meteo/current_multi_location_2026-09-16.json"
    recorded = json.loads((shared_data / name).read_text(encoding="utf-8"))[0]

    answer = ask(sandbox, f"{PARIS}&current=pm10,pm2_5,european_aqi")

    assert {"time": "2026-10-08T21:00", "interval": 3600} == {
        member: answer["current"][member] for member in ("time", "interval")
    }
    for member in ("time", "interval", "pm10", "pm2_5", "european_aqi"):
        assert recorded["current_units"][member] == answer["current_units"][member]
    assert answer["current"]["european_aqi"] is None
    assert "hourly" not in answer


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("UTC", 0), ("Asia/Karachi", 5 * HOUR_S), ("Asia/Kolkata", 19_800)],
)
def test_stamps_are_true_seconds(clock: FakeClock, zone: str, offset: int) -> None:
    """In any zone a unixtime stamp names the hour whose value stands beside it."""
    sandbox = Sandbox(Counting(), clock=clock)

    query = f"{PARIS}&hourly=ozone&timezone={zone}"
    unix, iso = ask(sandbox, f"{query}&timeformat=unixtime"), ask(sandbox, query)

    # Data stands at whole hours of UTC; a zone of half hours shows the next one.
    stamps = unix["hourly"]["time"]
    assert [-(-stamp // HOUR_S) for stamp in stamps] == unix["hourly"]["ozone"]
    assert offset == unix["utc_offset_seconds"]
    assert [
        (datetime.fromtimestamp(stamp, UTC) + timedelta(seconds=offset)).strftime(
            "%Y-%m-%dT%H:%M"
        )
        for stamp in stamps
    ] == iso["hourly"]["time"]


def test_forecast_goes_on(clock: FakeClock) -> None:
    """The hours after now are shown too, as the real server does."""
    answer = ask(Sandbox(Counting(), clock=clock), f"{PARIS}&hourly=ozone")

    assert 120 == len(answer["hourly"]["ozone"])
    first = int(datetime(2026, 10, 8, tzinfo=UTC).timestamp()) // HOUR_S
    assert [float(first + n) for n in range(120)] == answer["hourly"]["ozone"]


def test_speed_moves_the_present_hour_alone(clock: FakeClock) -> None:
    """At speed 60 a minute changes the hour under way; what is over stays."""
    sandbox = Sandbox(Counting(), clock=clock, pace=Pace(60))
    query = f"{PARIS}&hourly=ozone&past_days=1&forecast_days=1"

    before = ask(sandbox, query)["hourly"]["ozone"]
    clock.advance(timedelta(minutes=1))
    after = ask(sandbox, query)["hourly"]["ozone"]

    assert before[: 24 + 21] == after[: 24 + 21]
    assert before[24 + 21] + 1 == after[24 + 21]


def test_refusal_is_counted_apart(sandbox: Sandbox) -> None:
    """A bad query is a 400 with a reason."""
    reply = sandbox.answer("latitude=999&longitude=0")

    assert 400 == reply.status
    assert {
        "error": True,
        "reason": "Latitude must be in range of -90 to 90\u00b0. Given: 999.0.",
    } == json.loads(reply.body)
    assert {"400": 1} == sandbox.stats()["outcomes"]


def test_too_many_parameters_are_refused(sandbox: Sandbox) -> None:
    """A query of a thousand parts does not occupy the sandbox."""
    assert 400 == sandbox.answer("&".join(["a=1"] * 1000)).status


def test_calls_are_counted_by_outcome(sandbox: Sandbox, clock: FakeClock) -> None:
    """Tests can see how many calls came, how they went, and who asked what."""
    sandbox.faults.add(Fault("503", count=1), clock.monotonic())
    sandbox.answer(f"{PARIS}&hourly=pm10", "one")
    sandbox.answer(f"{TWO}&hourly=pm10", "two")

    assert {
        "calls": 2,
        "outcomes": {"503": 1, "ok": 1},
        "locations": 2,
        "in_flight": 0,
        "most_in_flight": 1,
        "last": {
            "at": "2026-10-08T21:34:56.000+00:00",
            "user_agent": "two",
            "query": f"{TWO}&hourly=pm10",
        },
    } == sandbox.stats()
    sandbox.forget_stats()
    assert 0 == sandbox.stats()["calls"]


def test_latency_waits_on_the_clock(sandbox: Sandbox, clock: FakeClock) -> None:
    """The answer comes after the wait, with the values of then."""
    sandbox.faults.add(Fault("latency", value=2500, count=1), clock.monotonic())

    sandbox.answer(f"{PARIS}&hourly=pm10")

    assert NOW + timedelta(milliseconds=2500) == clock.now()


def faulty(sandbox: Sandbox, kind: str, **more: Any) -> Any:
    """Return the reply with a fault, for the six pollutants of two days."""
    sandbox.faults.add(Fault(kind, count=1, **more), sandbox.clock.monotonic())
    return sandbox.answer(f"{PARIS}&hourly=pm10,ozone&past_days=1&forecast_days=1")


def test_truncated_is_half_and_framed_well(sandbox: Sandbox) -> None:
    """The length is right, the JSON is not."""
    reply = faulty(sandbox, "truncated")

    assert 0 == reply.cut
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)


def test_short_announces_more(sandbox: Sandbox) -> None:
    """The other half is announced and never sent."""
    reply = faulty(sandbox, "short")

    assert reply.cut in {len(reply.body), len(reply.body) + 1}


def test_nulls_keep_the_hours(sandbox: Sandbox) -> None:
    """All values are null, all stamps are there."""
    hourly = json.loads(faulty(sandbox, "nulls").body)["hourly"]

    assert 48 == len(hourly["time"])
    assert [None] * 48 == hourly["pm10"] == hourly["ozone"]


def test_unequal_lacks_a_value(sandbox: Sandbox) -> None:
    """One value is missing at the end."""
    hourly = json.loads(faulty(sandbox, "unequal").body)["hourly"]

    assert (48, 47) == (len(hourly["time"]), len(hourly["pm10"]))


def test_stale_ends_in_the_past(sandbox: Sandbox) -> None:
    """The newest hour is as old as asked; nothing is foreseen."""
    hourly = json.loads(faulty(sandbox, "stale", value=4.0).body)["hourly"]

    assert "2026-10-08T17:00" == hourly["time"][-1]
    assert len(hourly["time"]) == len(hourly["pm10"])


def test_stale_by_days_is_empty(sandbox: Sandbox) -> None:
    """Older than all that was asked for means no hours, not an error."""
    assert {"time": [], "pm10": [], "ozone": []} == json.loads(
        faulty(sandbox, "stale", value=100.0).body
    )["hourly"]


def test_health_says_what_is_shown(sandbox: Sandbox) -> None:
    """Nobody takes the sandbox for an upstream."""
    assert {
        "status": "ok",
        "source": "a synthetic model",
        "origin": "synthetic",
        "speed": 1,
        "now": "2026-10-08T21:34:56+00:00",
    } == sandbox.health()
