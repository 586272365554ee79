"""Reading Open-Meteo's answers: recorded ones, damaged ones, absurd ones."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.measurement import Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import MalformedError
from airq_cron.providers.json_body import parse_json
from airq_cron.providers.open_meteo_body import VARIABLES, read_elements

FIRST = 1790805600
GREEK, MICRO = "\u03bcg/m\u00b3", "\u00b5g/m\u00b3"
HOUR = timedelta(hours=1)


def answer(**changes: Any) -> dict[str, Any]:
    """Return a small answer; *changes* replace members of `hourly` or the top."""
    hourly = {"time": [FIRST, FIRST + 3600], "pm2_5": [8.8, 8.5]}
    units = {"time": "unixtime", "pm2_5": GREEK}
    top: dict[str, Any] = {"utc_offset_seconds": 7200}
    for name, value in changes.items():
        if name in {"hourly", "hourly_units", "utc_offset_seconds"}:
            top[name] = value
        elif name.startswith("unit_"):
            units[name.removeprefix("unit_")] = value
        else:
            hourly[name] = value
    return {"hourly_units": units, "hourly": hourly, **top}


def read(value: Any, count: int = 1) -> list[list[Reading]]:
    """Read *value* as if it had come over the wire."""
    return read_elements(json.dumps(value).encode(), count)


@cache
def recorded(path: Path) -> bytes:
    """Return the body of a recorded answer."""
    return path.read_bytes()


def test_recorded_unixtime_answer_is_read(shared_data: Path) -> None:
    """Brno's 72 hours of two pollutants come out exactly, the pollen does not."""
    body = recorded(shared_data / "open-meteo/hourly_brno_2026-10-01_unixtime.json")

    [readings] = read_elements(body, 1)

    begin = datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert 144 == len(readings)
    assert {Pollutant.PM2_5, Pollutant.PM10} == {r.pollutant for r in readings}
    assert Reading(Pollutant.PM2_5, begin, Decimal("8.8"), Unit.UG_M3) == readings[0]
    assert (
        Reading(Pollutant.PM10, begin + 71 * HOUR, Decimal("20.3"), Unit.UG_M3)
        == readings[-1]
    )


def test_recorded_local_answer_is_read(shared_data: Path) -> None:
    """Lahore's local midnight is 19:00 UTC of the day before."""
    name = "open-meteo/hourly_lahore_2026-10-08_iso8601_local.json"

    [readings] = read_elements(recorded(shared_data / name), 1)

    begin = datetime(2026, 10, 7, 19, tzinfo=UTC)
    assert 240 == len(readings)
    assert Reading(Pollutant.PM2_5, begin, Decimal("72.9"), Unit.UG_M3) == readings[0]
    assert (
        Reading(Pollutant.PM10, begin + 119 * HOUR, Decimal("146.2"), Unit.UG_M3)
        == readings[-1]
    )


def test_every_truncation_of_a_recorded_answer_is_malformed(shared_data: Path) -> None:
    """No byte at which Lahore's body may break off gives another error, or values."""
    name = "open-meteo/hourly_lahore_2026-10-08_iso8601_local.json"
    body = recorded(shared_data / name).rstrip()

    for length in range(len(body)):
        with pytest.raises(MalformedError):
            read_elements(body[:length], 1)


@given(data=st.data())
def test_damage_gives_readings_or_is_malformed(
    shared_data: Path, data: st.DataObject
) -> None:
    """Bytes replaced anywhere give values, or our error and no other."""
    name = "open-meteo/hourly_brno_2026-10-01_unixtime.json"
    body = bytearray(recorded(shared_data / name))
    place = data.draw(st.integers(0, len(body) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=20))
    body[place : place + len(damage)] = damage

    try:
        [readings] = read_elements(bytes(body), 1)
    except MalformedError:
        return
    assert 144 >= len(readings)


@given(body=st.binary(max_size=200))
def test_any_bytes_are_malformed(body: bytes) -> None:
    """Rubbish is our error."""
    with pytest.raises(MalformedError):
        read_elements(body, 1)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["hourly", "hourly_units", "time", "pm2_5", "error"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_gives_readings_or_is_malformed(value: Any) -> None:
    """JSON of another shape is our error, or holds no reading."""
    try:
        elements = read(value)
    except MalformedError:
        return
    assert [[]] == elements


def test_all_six_pollutants_are_read() -> None:
    """Each variable becomes the pollutant that it names."""
    values = dict(zip(VARIABLES.values(), ([n + 0.5] for n in range(6)), strict=True))
    units = {f"unit_{variable}": GREEK for variable in values}

    [readings] = read(answer(time=[FIRST], **values, **units))

    assert {
        pollutant: Decimal(f"{index}.5") for index, pollutant in enumerate(VARIABLES)
    } == {reading.pollutant: reading.value for reading in readings}


@pytest.mark.parametrize("unit", [GREEK, MICRO, "ug/m3"])
def test_both_spellings_of_the_unit_are_known(unit: str) -> None:
    """The Greek letter and the micro sign name the same unit."""
    [readings] = read(answer(unit_pm2_5=unit))

    assert {Unit.UG_M3} == {reading.unit for reading in readings}


@pytest.mark.parametrize("unit", ["grains/m\u00b3", "", None, 3, ["ug/m3"]])
def test_unknown_unit_names_the_pollutant(unit: Any) -> None:
    """A value in a unit we do not know is worth nothing."""
    with pytest.raises(MalformedError, match="element 0: pm2_5 in "):
        read(answer(unit_pm2_5=unit))


def test_unit_of_nothing_does_not_matter() -> None:
    """Where the model does not reach, all is null and the unit undefined."""
    [readings] = read(answer(pm2_5=[None, None], unit_pm2_5="undefined"))

    assert [] == readings


def test_null_is_a_reading_without_value() -> None:
    """A null tail keeps its hours."""
    [readings] = read(answer(pm2_5=[8.8, None]))

    assert [Decimal("8.8"), None] == [reading.value for reading in readings]


def test_missing_array_gives_no_reading() -> None:
    """A pollutant that is not in the answer is not an error."""
    [readings] = read(answer(hourly={"time": [FIRST]}))

    assert [] == readings


@pytest.mark.parametrize("values", [[8.8], [8.8, 8.5, 1], []])
def test_arrays_of_unequal_length_are_malformed(values: list[float]) -> None:
    """One value too few or too many would shift all others."""
    with pytest.raises(MalformedError, match=r"values of pm2_5 for 2 hours"):
        read(answer(pm2_5=values))


def test_numbers_are_exact() -> None:
    """What is written arrives digit by digit, as no float would."""
    body = json.dumps(answer(pm2_5=["A", "B"])).encode()
    body = body.replace(b'"A"', b"0.1000000000000000055").replace(b'"B"', b"12")

    [readings] = read_elements(body, 1)

    assert [Decimal("0.1000000000000000055"), Decimal(12)] == [
        reading.value for reading in readings
    ]


@pytest.mark.parametrize("value", [True, "8.8", [8.8], {"a": 1}])
def test_value_that_is_no_number_is_malformed(value: Any) -> None:
    """Numbers as text, truth values and nests are refused."""
    with pytest.raises(MalformedError, match="pm2_5 holds "):
        read(answer(pm2_5=[8.8, value]))


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e99999999999999999999999",
        "9" * 5000,
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
    ids=["nan", "NaN", "inf", "-inf", "exponent", "digits", "arrays", "objects"],
)
def test_what_is_not_json_is_malformed(text: str) -> None:
    """Python would read some of these, or fail with errors of its own."""
    with pytest.raises(MalformedError, match="not JSON"):
        parse_json(b'{"a":' + text.encode() + b"}")


@pytest.mark.parametrize(
    "stamp",
    [
        1790805600000,
        FIRST + 1,
        0,
        -3600,
        10**30,
        True,
        None,
        "1790805600",
        1790805600.0,
        [FIRST],
    ],
)
def test_absurd_time_is_malformed(stamp: Any) -> None:
    """Milliseconds, odd seconds, other centuries and other types are refused."""
    with pytest.raises(MalformedError, match="element 0: absurd time"):
        read(answer(time=[stamp], pm2_5=[1.0]))


@pytest.mark.parametrize("second", [FIRST, FIRST - 3600])
def test_times_that_do_not_rise_are_malformed(second: int) -> None:
    """An hour twice, or an earlier one, has no place."""
    with pytest.raises(MalformedError, match="absurd time"):
        read(answer(time=[FIRST, second]))


@pytest.mark.parametrize(
    ("stamp", "fits"),
    [
        ("2026-10-01T00:00", True),
        ("2026-10-01T00:30", False),
        ("2026-10-01T00:00+02:00", False),
        ("yesterday", False),
        (FIRST, False),
        ("0001-01-01T00:00", False),
        ("9999-12-31T23:00", False),
    ],
)
def test_local_times_need_whole_naive_hours(stamp: Any, *, fits: bool) -> None:
    """ISO text is local by the answer's own offset."""
    value = answer(time=[stamp], pm2_5=[1.0], unit_time="iso8601")

    if fits:
        assert datetime.fromtimestamp(FIRST, UTC) == read(value)[0][0].valid_from
    else:
        with pytest.raises(MalformedError, match="absurd time"):
            read(value)


@pytest.mark.parametrize("offset", [None, "7200", 7200.0])
def test_local_times_need_their_offset(offset: Any) -> None:
    """Without the offset a local time is nothing."""
    value = answer(unit_time="iso8601", utc_offset_seconds=offset)

    with pytest.raises(MalformedError, match="no utc_offset_seconds"):
        read(value)


@pytest.mark.parametrize("form", [None, "unixtime ms", 7, ["unixtime"]])
def test_unknown_form_of_time_is_malformed(form: Any) -> None:
    """Times are one of the two forms that the server knows."""
    with pytest.raises(MalformedError, match="times in "):
        read(answer(unit_time=form))


@pytest.mark.parametrize("name", ["hourly", "hourly_units"])
@pytest.mark.parametrize("value", [None, [], 1, "x"])
def test_missing_part_is_named(name: str, value: Any) -> None:
    """What is not there is said."""
    with pytest.raises(MalformedError, match=f"element 0: no {name}"):
        read(answer(**{name: value}))


def test_elements_belong_by_position() -> None:
    """The second element is the second location, whatever it says of itself."""
    first, second = answer(pm2_5=[1.0, 1.0]), answer(pm2_5=[2.0, 2.0])

    elements = read([first, {**second, "location_id": 1}], 2)

    assert [1, 2] == [readings[0].value for readings in elements]


@pytest.mark.parametrize(
    ("value", "count"), [(answer(), 2), ([answer()], 2), ([answer()] * 3, 2), ([], 1)]
)
def test_wrong_number_of_elements_is_malformed(value: Any, count: int) -> None:
    """Nothing is stored when it is unclear what belongs where."""
    with pytest.raises(MalformedError, match=f"for {count} locations"):
        read(value, count)


def test_array_of_one_is_taken() -> None:
    """A server may answer one location with an array."""
    assert 2 == len(read([answer()])[0])


def test_broken_element_is_named() -> None:
    """The message says which of many is wrong."""
    with pytest.raises(MalformedError, match="element 1: no hourly"):
        read([answer(), {}], 2)


def test_error_as_data_is_malformed() -> None:
    """An error body under status 200 is quoted."""
    with pytest.raises(MalformedError, match="an error as data: 'Sorry"):
        read({"error": True, "reason": "Sorry \ud800"})


def test_messages_stay_short() -> None:
    """A page of HTML is not put into a log line."""
    with pytest.raises(MalformedError) as caught:
        read_elements(b"<html>" + b"x" * 10_000, 1)

    assert len(str(caught.value)) < 100
