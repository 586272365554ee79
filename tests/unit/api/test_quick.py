"""Quick dumps are those of the schema."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields

from airq_cron.domain.page import Page
from airq_cron.domain.run import Attempt, Outcome, Run, State
from api.quick import quick_dump
from api.run_schema import RunPageSchema, RunSchema, SingleRunSchema
from tests.unit.api.caller import Caller

AT = datetime(2026, 3, 1, 12, 0, 30, 123456, tzinfo=UTC)
RUN = Run(
    id="1",
    job="fetch-paris-data",
    kind="fetch",
    queue="data-fetch",
    priority="normal",
    scheduled_for=AT,
    state=State.SUCCEEDED,
    origin="schedule",
    part=0,
    parent=None,
    reason=None,
    params={},
    attempt=1,
    errors=0,
    crashes=0,
    created_at=AT,
    not_before=None,
    sent_at=AT,
    queued_at=None,
    started_at=None,
    finished_at=None,
    deadline_at=None,
    owner=None,
    lease_until=None,
    error=None,
    result=None,
    missed_until=None,
    missed_count=None,
)
texts = st.none() | st.text()
instants = st.none() | st.datetimes(timezones=st.just(UTC))
changes = st.fixed_dictionaries(
    {
        "state": st.sampled_from(State),
        "reason": texts,
        "error": texts,
        "owner": texts,
        "queued_at": instants,
        "finished_at": instants,
        "parts": st.none() | st.integers(1, 9),
        "parts_left": st.none() | st.integers(0, 9),
        "attempts": st.lists(
            st.builds(
                Attempt,
                st.integers(1, 9),
                st.text(),
                instants.filter(bool),
                instants,
                st.none() | st.sampled_from(Outcome),
                texts,
            ),
            max_size=3,
        ).map(tuple),
        "result": st.none() | st.dictionaries(st.text(), st.integers()),
    }
)
pages = st.builds(
    Page,
    st.lists(changes.map(lambda one: replace(RUN, **one)), max_size=3).map(tuple),
    st.none() | st.just((AT.isoformat(), "1")),
)


@given(pages)
def test_a_page_is_that_of_its_schema(page: Page[Run]) -> None:
    """Whatever stands in the runs."""
    assert RunPageSchema().dump(page) == quick_dump(RunPageSchema)(page)


@given(changes)
def test_a_run_is_that_of_its_schema(change: dict[str, Any]) -> None:
    """Attempts and result as well."""
    run = replace(RUN, **change)

    assert SingleRunSchema().dump(run) == quick_dump(SingleRunSchema)(run)


class TimesSchema(Schema):
    """What no run has."""

    texts = fields.List(fields.String())
    lasts = fields.TimeDelta(data_key="for", attribute="length")


class Times:
    """What is dumped by it."""

    texts = ("a", "b")
    length = timedelta(seconds=3)


def test_a_field_that_is_not_known_writes_itself() -> None:
    """Under its own key, from its own attribute."""
    made = quick_dump(TimesSchema)(Times())

    assert TimesSchema().dump(Times()) == made == {"texts": ["a", "b"], "for": 3}


def test_what_is_missing_is_an_error() -> None:
    """Left out without a word, it would be a document that nobody promised."""
    with pytest.raises(AttributeError, match="texts"):
        quick_dump(TimesSchema)(object())


def test_the_list_is_written_by_it(operator: Caller) -> None:
    """As JSON, with all that the document promises."""
    run = operator.post("/cron/jobs/fetch-paris-data/execute").json
    answer = operator.get("/cron/runs?limit=1")
    (listed,) = answer.json["items"]

    assert "application/json" == answer.mimetype
    assert {name: run[name] for name in listed} == listed
    assert set(RunSchema().fields) == set(listed)
