"""Which messages are due, and that each is due once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.delivery import (
    NEWS,
    Event,
    delivery,
    due_events,
    possible_ids,
    raising,
)
from airq_cron.domain.flip import Flip
from airq_cron.domain.job import BUILT_IN
from airq_cron.domain.notification import NotificationType
from tests.flips import FLIP

NOTIFY = next(job for job in BUILT_IN if job.name == "notify")
MINUTE = timedelta(minutes=1)
RAISED, CLEARED = NotificationType.RAISED, NotificationType.CLEARED


def cleared(after: timedelta) -> Flip:
    """Return the alert, cleared so long after it was raised."""
    at = FLIP.raised_at + after
    return replace(FLIP, ended_at=at, cleared_at=at, cleared_message="It is over.")


def due(flip: Flip, after: timedelta, *, told: bool = False) -> list[NotificationType]:
    """Return what is due so long after *flip* was raised."""
    known = {raising(flip).run_id("team")} if told else set()
    at = flip.raised_at + after
    return [event.type for event in due_events(flip, "team", known, at)]


def test_an_open_alert_is_told_while_it_is_news() -> None:
    """Whoever sets a channel later is not flooded with what is old."""
    assert [RAISED] == due(FLIP, timedelta())
    assert [RAISED] == due(FLIP, NEWS)
    assert [] == due(FLIP, NEWS + MINUTE)


@pytest.mark.parametrize(
    ("lasted", "after", "told", "expected"),
    [
        (MINUTE, MINUTE, True, [CLEARED]),
        (MINUTE, MINUTE, False, []),
        (MINUTE, 2 * NEWS, True, []),
        (9 * NEWS, 9 * NEWS, False, [CLEARED]),
        (9 * NEWS, 9 * NEWS + MINUTE, True, [CLEARED]),
        (9 * NEWS, 10 * NEWS + MINUTE, True, []),
    ],
)
def test_an_end_is_told_to_those_who_know_the_beginning(
    lasted: timedelta, after: timedelta, told: bool, expected: list[NotificationType]
) -> None:
    """Of an old one nobody can say any more, so it is told."""
    assert expected == due(cleared(lasted), after, told=told)


@given(
    lasted=st.none() | st.timedeltas(timedelta(), 4 * NEWS),
    after=st.timedeltas(timedelta(), 9 * NEWS),
    told=st.booleans(),
)
def test_what_is_due_is_among_what_may_be(
    lasted: timedelta | None, after: timedelta, told: bool
) -> None:
    """So that one question to the ledger is enough, and each has its own id."""
    flip = FLIP if lasted is None else cleared(lasted)
    known = {raising(flip).run_id("team")} if told else set()
    events = due_events(flip, "team", known, flip.raised_at + after)

    ids = [event.run_id("team") for event in events]
    assert set(ids) <= set(possible_ids([flip], ["team", "mail"]))
    assert len(ids) == len(set(ids))


def test_the_origin_names_alert_channel_and_event() -> None:
    """As the ledger's key wants it."""
    ended = Event(FLIP.id, CLEARED, FLIP.raised_at)

    assert f"flip:{FLIP.id}:team" == raising(FLIP).origin("team")
    assert f"flip:{FLIP.id}:team:cleared" == ended.origin("team")


def test_a_delivery_is_a_run_of_its_job() -> None:
    """With the job's queue, priority and limits, and the id that was foreseen."""
    event = raising(FLIP)
    run = delivery(event, "team", NOTIFY, "beat-1")

    assert run.id == event.run_id("team")
    assert ("notify", "notifications", "high") == (run.job, run.queue, run.priority)
    assert (60, 3600) == (run.limits.time_limit_s, run.limits.run_limit_s)
    assert {"flip": FLIP.id, "channel": "team", "event": "alert.raised"} == run.params
