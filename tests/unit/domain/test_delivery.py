"""Which messages are due, and that each is due once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.alert_rule import DEFAULTS
from airq_cron.domain.delivery import (
    NEWS,
    delivery,
    due_deliveries,
    id_of,
    origin_of,
    possible_ids,
)
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.job import BUILT_IN
from airq_cron.domain.notice import Notice, NoticeKind
from tests.flips import FLIP

NOTIFY = next(job for job in BUILT_IN if job.name == "notify")
MINUTE = timedelta(minutes=1)
ONCE = DEFAULTS[FlipKind.HIGH_AQI]
AGAIN = replace(ONCE, repeat_every=60 * MINUTE)
RAISED = Notice(NoticeKind.RAISED, FLIP.raised_at)


def cleared(after: timedelta) -> Flip:
    """Return the alert, cleared so long after it was raised."""
    at = FLIP.raised_at + after
    return replace(FLIP, ended_at=at, cleared_at=at, cleared_message="It is over.")


def due(flip: Flip, after: timedelta, *, told: bool = False) -> list[str]:
    """Return what is due so long after *flip* was raised."""
    known = {id_of(flip, RAISED, "team")} if told else set()
    at = flip.raised_at + after
    return [one.kind.value for one in due_deliveries(flip, ONCE, "team", known, at)]


def test_an_open_alert_is_told_while_it_is_news() -> None:
    """Whoever sets a channel later is not flooded with what is old."""
    assert ["raised"] == due(FLIP, timedelta())
    assert ["raised"] == due(FLIP, NEWS)
    assert [] == due(FLIP, NEWS + MINUTE)
    assert [] == due(FLIP, MINUTE, told=True)


@pytest.mark.parametrize(
    ("lasted", "after", "told", "expected"),
    [
        (MINUTE, MINUTE, True, ["resolved"]),
        (MINUTE, MINUTE, False, []),
        (MINUTE, 2 * NEWS, True, []),
        (9 * NEWS, 9 * NEWS, False, ["resolved"]),
        (9 * NEWS, 9 * NEWS + MINUTE, True, ["resolved"]),
        (9 * NEWS, 10 * NEWS + MINUTE, True, []),
    ],
)
def test_an_end_is_told_to_those_who_know_the_beginning(
    lasted: timedelta, after: timedelta, told: bool, expected: list[str]
) -> None:
    """Of an old one nobody can say any more, so it is told."""
    assert expected == due(cleared(lasted), after, told=told)


def test_what_a_silence_held_back_is_news_when_it_ends() -> None:
    """However long the silence was."""
    silenced = replace(FLIP, silenced_until=FLIP.raised_at + 3 * NEWS)

    assert [] == due(silenced, 3 * NEWS - MINUTE)
    assert ["raised"] == due(silenced, 3 * NEWS)
    assert [] == due(silenced, 4 * NEWS + MINUTE)


@given(
    lasted=st.none() | st.timedeltas(timedelta(), 4 * NEWS),
    silence=st.none() | st.timedeltas(timedelta(), 4 * NEWS),
    looks=st.lists(st.timedeltas(timedelta(), 9 * NEWS), max_size=9).map(sorted),
)
def test_nothing_is_planned_twice(
    lasted: timedelta | None, silence: timedelta | None, looks: list[timedelta]
) -> None:
    """Though the ledger is asked for the ids alone on which it depends."""
    whole = FLIP if lasted is None else cleared(lasted)
    until = None if silence is None else FLIP.raised_at + silence
    ledger: list[str] = []
    for look in looks:
        at = FLIP.raised_at + look
        over = whole.cleared_at is not None and whole.cleared_at <= at
        flip = replace(whole if over else FLIP, silenced_until=until)
        asked = set(possible_ids(flip, AGAIN, "team", at))
        known = asked & set(ledger)
        for notice in due_deliveries(flip, AGAIN, "team", known, at):
            assert not flip.is_silent(at)
            ledger.append(id_of(flip, notice, "team"))

    assert len(ledger) == len(set(ledger))


def test_the_origin_names_alert_channel_and_notice() -> None:
    """As the ledger's key wants it."""
    ended = Notice(NoticeKind.RESOLVED, FLIP.raised_at)

    assert f"flip:{FLIP.id}:team" == origin_of(FLIP, RAISED, "team")
    assert f"flip:{FLIP.id}:team:resolved" == origin_of(FLIP, ended, "team")


def test_a_delivery_is_a_run_of_its_job() -> None:
    """With the job's queue, priority and limits, and the id that was foreseen."""
    run = delivery(FLIP, RAISED, "team", NOTIFY, "beat-1")

    assert run.id == id_of(FLIP, RAISED, "team")
    assert ("notify", "notifications", "high") == (run.job, run.queue, run.priority)
    assert (60, 3600) == (run.limits.time_limit_s, run.limits.run_limit_s)
    assert {"flip": FLIP.id, "channel": "team", "notice": "raised"} == run.params
