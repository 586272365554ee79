"""What goes wrong, how it is written, and when it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.errors import InvalidError
from airq_cron.sandbox import KINDS, Fault, parse_fault
from airq_cron.sandbox.faults import Faults, read_fault

CANNED = {
    *("429-minutely", "429-hourly", "429-daily", "429-concurrent", "400-location"),
    *("500", "503", "418", "html", "text", "nan", "drop", "redirect"),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("503", Fault("503")),
        ("503:3", Fault("503", count=3)),
        ("503:30s", Fault("503", seconds=30.0)),
        ("503:0.5s", Fault("503", seconds=0.5)),
        ("latency", Fault("latency", value=1000.0)),
        ("latency=250", Fault("latency", value=250.0)),
        ("latency=250.5:2", Fault("latency", value=250.5, count=2)),
        ("stale=6:10s", Fault("stale", value=6.0, seconds=10.0)),
        ("429-hourly:1", Fault("429-hourly", count=1)),
    ],
)
def test_fault_is_written_on_one_line(text: str, expected: Fault) -> None:
    """Kind, measure and limit fit into an option."""
    assert expected == parse_fault(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "nope", "NNN", "600", "399", "5xx", "503:", "503:0", "503:1.5", "503:-1"),
        *("latency=", "latency=x", "latency=1e9", "latency=1.2.3", "503:0s"),
        *("503:9999999s", "503 3", "latency=99999999"),
    ],
)
def test_what_is_no_fault_is_refused(text: str) -> None:
    """A wrong option is one sentence."""
    with pytest.raises(InvalidError) as caught:
        parse_fault(text)

    assert "\n" not in str(caught.value)


def test_unknown_kind_shows_the_known() -> None:
    """Who misspells a kind reads all of them."""
    with pytest.raises(InvalidError, match="no fault is called 'nans'") as caught:
        parse_fault("nans")

    for kind in KINDS:
        assert kind in str(caught.value)


@pytest.mark.parametrize("kind", sorted((KINDS.keys() | CANNED) - {"NNN"}))
def test_every_kind_can_be_set(kind: str) -> None:
    """All kinds of the list work, and the canned ones have their answer."""
    assert (kind in CANNED) == (parse_fault(kind).canned() is not None)


@pytest.mark.parametrize(
    ("kind", "index"),
    [
        ("429-minutely", 0),
        ("429-hourly", 1),
        ("429-daily", 2),
        ("429-concurrent", 3),
        ("503", 4),
        ("400-location", 8),
        ("text", 9),
        ("nan", 10),
        ("500", 11),
    ],
)
def test_bodies_are_those_that_were_recorded(
    shared_data: Path, kind: str, index: int
) -> None:
    """The sandbox fails in the very words of the real server."""
    text = (shared_data / "open-meteo/errors.json").read_text(encoding="utf-8")
    case = json.loads(text)["cases"][index]

    reply = Fault(kind).canned()

    assert reply is not None
    assert (case["status"], case["body_text"]) == (reply.status, reply.body.decode())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"kind": "503", "count": 3}, Fault("503", count=3)),
        ({"kind": "503", "seconds": 3}, Fault("503", seconds=3)),
        ({"kind": "latency", "value": 5, "count": None}, Fault("latency", value=5)),
    ],
)
def test_fault_is_read_from_json(value: Any, expected: Fault) -> None:
    """The control path takes the same three members."""
    assert expected == read_fault(value)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, "kind"),
        ([], "kind"),
        ({}, "kind"),
        ({"kind": 503}, "kind"),
        ({"kind": "nope"}, "kind"),
        ({"kind": "503", "count": 1.5}, "count"),
        ({"kind": "503", "count": True}, "count"),
        ({"kind": "503", "count": 0}, "count"),
        ({"kind": "503", "seconds": "3"}, "seconds"),
        ({"kind": "503", "seconds": float("inf")}, "seconds"),
        ({"kind": "503", "seconds": float("nan")}, "seconds"),
        ({"kind": "latency", "value": -1}, "value"),
        ({"kind": "503", "times": 3}, "times"),
    ],
)
def test_wrong_member_is_named(value: Any, field: str) -> None:
    """A person reads which member is wrong."""
    with pytest.raises(InvalidError) as caught:
        read_fault(value)

    assert field == caught.value.field


@given(
    value=st.dictionaries(
        st.sampled_from(["kind", "count", "seconds", "value", "x"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(
            ["503", "latency", "", "nope"]
        ),
    )
)  # fmt: skip
def test_any_object_is_a_fault_or_refused(value: dict[str, Any]) -> None:
    """Nothing else comes out of the control path."""
    try:
        fault = read_fault(value)
    except InvalidError:
        return
    assert value["kind"] == fault.kind


def kinds(faults: Faults, at: float, calls: int) -> list[str | None]:
    """Return what goes wrong with so many calls at *at*."""
    taken = [faults.take(at)[1] for _ in range(calls)]
    return [fault.kind if fault else None for fault in taken]


def test_count_is_used_up() -> None:
    """After so many calls all is well."""
    faults = Faults([Fault("503", count=2)], 0.0)

    assert ["503", "503", None] == kinds(faults, 0.0, 3)
    assert [] == faults.shown(0.0)


def test_time_runs_out() -> None:
    """After so many seconds all is well, however few calls there were."""
    faults = Faults([Fault("503", seconds=30)], 100.0)

    assert ["503"] == kinds(faults, 129.9, 1)
    assert [None] == kinds(faults, 130.0, 1)


def test_without_limit_it_stays() -> None:
    """A fault without a limit ends when it is cleared."""
    faults = Faults([Fault("503")], 0.0)

    assert ["503"] == kinds(faults, 1e9, 1)
    faults.clear()
    assert [None] == kinds(faults, 1e9, 1)


def test_faults_come_one_after_the_other() -> None:
    """The first that is set comes first, the second waits for its end."""
    faults = Faults([Fault("503", count=1)], 0.0)
    faults.add(Fault("html", count=1), 0.0)

    assert ["503", "html", None] == kinds(faults, 0.0, 3)


def test_latency_adds_to_another_fault() -> None:
    """A slow answer can be wrong as well."""
    faults = Faults(
        [Fault("latency", 100, count=1), Fault("latency", 50), Fault("503")], 0.0
    )

    first, second = faults.take(0.0), faults.take(0.0)

    assert (150.0, "503") == (first[0], first[1] and first[1].kind)
    assert (50.0, "503") == (second[0], second[1] and second[1].kind)


def test_what_is_left_is_shown() -> None:
    """One can see what is set, and for how long."""
    faults = Faults([Fault("503", count=2, seconds=10)], 0.0)
    faults.take(1.0)

    assert [{"kind": "503", "value": 0.0, "count": 1, "seconds": 8.0}] == faults.shown(
        2.0
    )
