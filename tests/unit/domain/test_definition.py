"""A job's definition in the words of outsiders."""

import json
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.catchup import Catchup
from airq_cron.domain.definition import PLAIN, definition, name_of, with_changes
from airq_cron.domain.job import BUILT_IN, Job, Overlap, Priority, Queue
from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.errors import InvalidError
from airq_cron.store.job_rows import DEFINITION
from tests.entries import job


def test_a_definition_says_all_that_people_can_change() -> None:
    """And nothing of how the job stands."""
    assert {name_of(field) for field in DEFINITION} == set(PLAIN)
    assert {"cursor", "next_due_at", "version", "source", "note", "name"}.isdisjoint(
        PLAIN
    )
    assert set(DEFINITION) < {spec.name for spec in fields(Job)}


@pytest.mark.parametrize("one", BUILT_IN, ids=lambda one: str(one.name))
def test_a_definition_gives_the_job_again(one: Job) -> None:
    """Through JSON and back."""
    told = json.loads(json.dumps(definition(one)))
    blank = Job(one.name, one.kind, "@daily", "UTC", Queue.NOTIFICATIONS)

    assert one == with_changes(blank, told)


def test_durations_and_words_are_plain() -> None:
    """Seconds in their unit, words as text."""
    told = definition(
        job(
            catchup=Catchup("all", timedelta(hours=2), 5),
            retry=RetryRule(Backoff.FIXED, 3, 1.5, 60.0),
            priority=Priority.LOW,
        )
    )

    assert {"mode": "all", "window_s": 7200, "cap": 5} == told["catchup"]
    assert {"backoff": "fixed", "attempts": 3, "delay_s": 1.5, "cap_s": 60.0} == (
        told["retry"]
    )
    assert ("UTC", "low", "skip") == (
        told["timezone"], told["priority"], told["overlap"]
    )  # fmt: skip


def test_a_part_is_changed_and_the_rest_stays() -> None:
    """Also inside of catch-up and retry; parameters are replaced."""
    old = job(
        catchup=Catchup("all", timedelta(hours=2), 5),
        retry=RetryRule(Backoff.FIXED, 3, 1.5, 60.0),
        params={"location": "paris"},
    )

    new = with_changes(
        old,
        {
            "timezone": "Europe/Paris",
            "overlap": "replace",
            "catchup": {"cap": None},
            "retry": {"attempts": 4},
            "params": {},
        },
    )

    assert ("Europe/Paris", Overlap.REPLACE, {}) == (new.zone, new.overlap, new.params)
    assert Catchup("all", timedelta(hours=2), None) == new.catchup
    assert RetryRule(Backoff.FIXED, 4, 1.5, 60.0) == new.retry
    assert old == with_changes(new, definition(old))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cursor": None}, "cursor"),
        ({"name": "other"}, "name"),
        ({"zone": "UTC"}, "zone"),
        ({"queue": "fast"}, "queue"),
        ({"priority": 1}, "priority"),
        ({"overlap": "never"}, "overlap"),
        ({"retry": {"backoff": "linear"}}, "retry.backoff"),
        ({"retry": {"tries": 3}}, "retry.tries"),
        ({"catchup": {"mode": "some"}}, "catchup.mode"),
        ({"catchup": {"window": 3}}, "catchup.window"),
    ],
)
def test_what_cannot_be_changed_is_named(changes: dict[str, Any], field: str) -> None:
    """With its path."""
    with pytest.raises(InvalidError) as refusal:
        with_changes(job(), changes)
    assert field == refusal.value.field
