"""Kinds of jobs, and the parameters each takes."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.job import BUILT_IN, Queue
from airq_cron.domain.kinds import KINDS, check_params, kind_of, read_param
from airq_cron.errors import InvalidError

AGAIN = {"job": "daily-statistics", "days": 7}


def test_there_are_seven_kinds_each_with_a_queue() -> None:
    """A job waits where its kind says unless it says otherwise."""
    assert {
        "fetch": Queue.DATA_FETCH,
        "aggregate": Queue.ANALYTICS,
        "finalise": Queue.ANALYTICS,
        "cleanup": Queue.MAINTENANCE,
        "health": Queue.MONITORING,
        "backfill": Queue.MAINTENANCE,
        "notify": Queue.NOTIFICATIONS,
    } == {name: kind.queue for name, kind in KINDS.items()}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_its_module_among_the_workers(name: str) -> None:
    """A message whose task nobody knows would be dropped."""
    assert find_spec(f"workers.{name}") is not None
    assert KINDS[name].description


@pytest.mark.parametrize("job", BUILT_IN, ids=lambda job: str(job.name))
def test_the_built_in_jobs_keep_to_their_kinds(job: Any) -> None:
    """Code is held to what people are held to."""
    assert job.params == check_params(job.kind, job.params)


@pytest.mark.parametrize("name", ["nope", "", "Fetch", "workers.fetch", "os.system"])
def test_an_unknown_kind_is_refused_with_those_there_are(name: str) -> None:
    """Never a dotted path to whatever code."""
    with pytest.raises(InvalidError, match="fetch, aggregate") as refusal:
        kind_of(name)
    assert "kind" == refusal.value.field


@pytest.mark.parametrize(
    ("kind", "params", "kept"),
    [
        ("fetch", {}, {}),
        ("fetch", {"location": None}, {}),
        ("fetch", {"location": "paris"}, {"location": "paris"}),
        ("health", {}, {}),
        ("backfill", AGAIN, AGAIN),
        ("backfill", AGAIN | {"days": 1}, AGAIN | {"days": 1}),
        ("backfill", AGAIN | {"days": 366}, AGAIN | {"days": 366}),
    ],
)
def test_good_parameters_are_kept(
    kind: str, params: Mapping[str, Any], kept: Mapping[str, Any]
) -> None:
    """Without those that say nothing."""
    assert kept == check_params(kind, params)


@pytest.mark.parametrize(
    ("kind", "params", "field"),
    [
        ("fetch", {"place": "paris"}, "params.place"),
        ("fetch", {"location": 7}, "params.location"),
        ("fetch", {"location": ""}, "params.location"),
        ("fetch", {"location": "x" * 101}, "params.location"),
        ("fetch", {"location": "a\nb"}, "params.location"),
        ("health", {"deep": True}, "params.deep"),
        ("backfill", {"days": 7}, "params.job"),
        ("backfill", {"job": "x"}, "params.days"),
        ("backfill", {"job": None, "days": 7}, "params.job"),
        ("backfill", AGAIN | {"days": "7"}, "params.days"),
        ("backfill", AGAIN | {"days": True}, "params.days"),
        ("backfill", AGAIN | {"days": 7.0}, "params.days"),
        ("backfill", AGAIN | {"days": 0}, "params.days"),
        ("backfill", AGAIN | {"days": 367}, "params.days"),
    ],
)
def test_a_wrong_parameter_is_named(
    kind: str, params: Mapping[str, Any], field: str
) -> None:
    """Unknown, missing, of another type, or out of bounds."""
    with pytest.raises(InvalidError) as refusal:
        check_params(kind, params)
    assert field == refusal.value.field


@given(
    st.sampled_from(sorted(KINDS)),
    st.dictionaries(
        st.sampled_from(["location", "job", "days", "x", ""]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    ),
)
def test_what_is_accepted_is_accepted_again(kind: str, params: dict[str, Any]) -> None:
    """Whatever is sent, it is refused by name or kept in its one form."""
    try:
        kept = check_params(kind, params)
    except InvalidError:
        return
    assert kept == check_params(kind, kept)
    assert None not in kept.values()


@pytest.mark.parametrize(
    ("kind", "name", "text", "value"),
    [
        ("backfill", "days", "7", 7),
        ("backfill", "days", "week", "week"),
        ("backfill", "job", "7", "7"),
        ("fetch", "location", "75", "75"),
        ("fetch", "unknown", "7", "7"),
    ],
)
def test_what_is_typed_takes_the_type_of_its_parameter(
    kind: str, name: str, text: str, value: object
) -> None:
    """What does not fit stays a text, and is refused as such."""
    assert value == read_param(kind, name, text)
