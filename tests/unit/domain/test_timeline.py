"""One run as a story, and in one sentence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airq_cron.domain.run import Attempt, Outcome, Run, State
from airq_cron.domain.timeline import Event, ordinal, span, sum_up, tell

DUE = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WORKER = "data@host:7"


MARGIN = (
    "It was missed: it waited in the queue for longer than its start margin, and"
    " never began."
)
BREAKER = (
    "It began 10 s after it was due and was skipped: the breaker of its upstream was"
    " open."
)


def at(seconds: float) -> datetime:
    """Return an instant so long after the run was due."""
    return DUE + timedelta(seconds=seconds)


def run(state: State = State.SCHEDULED, **more: Any) -> Run:
    """Return a run that was entered 0.1 s after it was due."""
    unknown = (
        "parent reason not_before sent_at queued_at started_at finished_at deadline_at"
        " owner lease_until error result missed_until missed_count"
    )
    values: dict[str, Any] = dict.fromkeys(unknown.split())
    values |= {
        "id": "some-id",
        "job": "a-job",
        "kind": "fetch",
        "queue": "data-fetch",
        "priority": "normal",
        "scheduled_for": DUE,
        "state": state,
        "origin": "schedule",
        "part": 0,
        "params": {},
        "attempt": 0,
        "errors": 0,
        "crashes": 0,
        "created_at": at(0.1),
        "decision": "runs: none unfinished",
        "entered_by": "beat@host",
    }
    return Run(**values | more)


def attempt(number: int, outcome: Outcome | None, **more: Any) -> Attempt:
    """Return an attempt that took two seconds."""
    begin = at(number * 10)
    ends = None if outcome is None else begin + 2 * SECOND
    return Attempt(number, WORKER, begin, ends, outcome, **more)


def events(told: list[Event]) -> list[str]:
    """Return the names of events."""
    return [event.event for event in told]


def test_a_good_run_is_told_from_due_to_done() -> None:
    """Each step once, in order, with who did it."""
    good = run(
        State.SUCCEEDED,
        sends=1,
        sent_at=at(0.2),
        queued_at=at(0.3),
        started_at=at(10),
        finished_at=at(12),
        attempts=(attempt(1, Outcome.SUCCEEDED),),
    )

    told = tell(good, at=at(99))

    assert [
        "due",
        "inserted",
        "decided",
        "published",
        "queued",
        "claimed",
        "attempt_ended",
        "succeeded",
    ] == events(told)
    assert [None, "beat@host", None, None, None, WORKER, WORKER, None] == [
        event.by for event in told
    ]
    assert "attempt 1 succeeded after 2 s" == told[6].text
    assert told == sorted(told, key=lambda event: event.at)


def test_every_attempt_is_told_with_its_end() -> None:
    """Number, error, crash; and what a person did in between."""
    deed = Event(at(25), "retry", "started again by cli:ann", by="cli:ann")
    tried = run(
        State.DEAD,
        error="its worker died 3 times",
        finished_at=at(32),
        started_at=at(10),
        sends=3,
        sent_at=at(29),
        attempts=(
            attempt(1, Outcome.FAILED, error="boom"),
            attempt(2, Outcome.TIME_LIMIT),
            attempt(3, Outcome.CRASHED),
        ),
    )

    told = tell(tried, [deed], at=at(99))

    assert [
        "claimed",
        "attempt_ended",
        "claimed",
        "attempt_ended",
        "retry",
        "published",
        "claimed",
        "attempt_ended",
        "dead",
    ] == events(told)[3:]
    texts = [event.text for event in told]
    assert "attempt 1 failed after 2 s: boom" in texts
    assert "attempt 2 was ended after 2 s, at its time limit" in texts
    assert "attempt 3 ended after 2 s with its process: a crash" in texts
    assert "published to data-fetch for the 3rd time" in texts
    assert "dead: its worker died 3 times" == texts[-1]


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("schedule", "due by its schedule"),
        ("manual:deploy-17", "asked for by hand, key deploy-17"),
        ("backfill:b1", "backfill b1"),
        ("flip:1:mail", "origin flip:1:mail"),
    ],
)
def test_the_origin_says_why_it_was_due(origin: str, words: str) -> None:
    """In words, as the first event."""
    assert words in tell(run(origin=origin), at=at(1))[0].text


def test_a_run_that_was_entered_late_says_how_late() -> None:
    """Found after an outage."""
    late = run(created_at=at(600))

    assert "10 min after it was due" in tell(late, at=at(601))[1].text


@pytest.mark.parametrize(
    ("state", "more", "words"),
    [
        (State.SCHEDULED, {}, "about to be published"),
        (State.SCHEDULED, {"sends": 1}, "not known to have reached data-fetch"),
        (State.QUEUED, {"queued_at": at(1)}, "no worker has taken it"),
        (State.WAITING, {"reason": "predecessor"}, "an earlier run of its job"),
        (
            State.WAITING,
            {"reason": "retry", "not_before": at(60)},
            "until 2026-03-01T00:01:00Z: retry",
        ),
        (
            State.RUNNING,
            {"owner": WORKER, "lease_until": at(15)},
            "data@host:7 works on it, lease until 2026-03-01T00:00:15Z",
        ),
        (
            State.RUNNING,
            {"owner": WORKER, "lease_until": at(5)},
            "the lease of data@host:7 ran out 6 s ago",
        ),
        (
            State.RUNNING,
            {"parts": 9, "parts_left": 4, "parts_failed": 1},
            "its parts are under way (9 parts: 4 left, 1 without success)",
        ),
    ],
)
def test_a_run_that_goes_on_says_what_it_waits_for(
    state: State, more: dict[str, Any], words: str
) -> None:
    """As the last event, at the present instant, and as the verdict."""
    open_run = run(state, **more)

    last = tell(open_run, at=at(11))[-1]

    assert ("now", at(11)) == (last.event, last.at)
    assert words in last.text
    assert f"It has not ended: {last.text}." == sum_up(open_run, at(11))


def born(state: State, reason: str, decision: str) -> Run:
    """Return a run that ended when it was entered."""
    return run(state, reason=reason, decision=decision, finished_at=at(0.1))


@pytest.mark.parametrize(
    ("ended", "verdict"),
    [
        (
            born(State.SKIPPED, "overlap", "skipped: 1 unfinished, skip"),
            "It did not run: skipped: 1 unfinished, skip.",
        ),
        (
            run(State.MISSED, reason="start_margin", finished_at=at(60)),
            MARGIN,
        ),
        (
            run(State.CANCELLED, reason="cancelled by cli:ann", finished_at=at(5)),
            "It was cancelled by cli:ann, and never began.",
        ),
        (
            run(
                State.SUCCEEDED,
                started_at=at(0.5),
                finished_at=at(2),
                attempts=(attempt(1, Outcome.SUCCEEDED),),
            ),
            "It began 0.5 s after it was due and succeeded.",
        ),
        (
            run(
                State.FAILED,
                origin="backfill:b1",
                error="bo\nom",
                started_at=at(9),
                finished_at=at(22),
                attempts=(attempt(1, Outcome.FAILED), attempt(2, Outcome.FAILED)),
            ),
            "It began and, in attempt 2, failed: bo om.",
        ),
        (
            run(
                State.SKIPPED,
                reason="breaker_open",
                started_at=at(10),
                finished_at=at(12),
                attempts=(attempt(1, Outcome.SUCCEEDED),),
            ),
            BREAKER,
        ),
    ],
)
def test_the_verdict_is_one_sentence(ended: Run, verdict: str) -> None:
    """Why it did, or did not, do its work."""
    assert verdict == sum_up(ended, at(99))


def test_a_missed_stretch_says_how_long_it_is() -> None:
    """Its first fire time, its last, and how many there are."""
    stretch = run(
        State.MISSED,
        reason="catch-up",
        finished_at=at(0.1),
        missed_until=at(9000),
        missed_count=151,
    )

    told = tell(stretch, at=at(9999))

    assert "the first of 151 fire times in one row" == told[0].text
    assert told[-1].text.endswith("up to 2026-03-01T02:30:00Z")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4321, "0.432 s"), (59, "59 s"), (90, "2 min"), (7200, "2.0 h"), (-3, "3 s")],
)
def test_lengths_of_time_are_told_in_words(seconds: float, text: str) -> None:
    """With the unit that fits."""
    assert text == span(timedelta(seconds=seconds))
    assert "3.0 d" == span(timedelta(days=3))


def test_ordinals_end_as_people_write_them() -> None:
    """First, second, third; and eleventh."""
    assert ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"] == [
        ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 112)
    ]
