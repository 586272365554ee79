"""The life of one run, from due to done, in the order in which it happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.domain.run import ENDED, Attempt, Outcome, Run, State, instant_text

SECOND = timedelta(seconds=1)
REASONS = {
    "breaker_open": "the breaker of its upstream was open",
    "catch-up": "found too late for its catch-up",
    "deadline": "its deadline had passed",
    "location_refused": "its upstream has refused the location for good",
    "not_kept": "the upstream keeps nothing so old",
    "overlap": "an earlier run had not ended",
    "provider_disabled": "its upstream has refused us for good and is disabled",
    "quota": "the upstream had been asked often enough",
    "start_margin": "it waited in the queue for longer than its start margin",
}
OUTCOMES = {
    Outcome.SUCCEEDED: "succeeded after {}",
    Outcome.FAILED: "failed after {}",
    Outcome.CRASHED: "ended after {} with its process: a crash",
    Outcome.TIME_LIMIT: "was ended after {}, at its time limit",
    Outcome.CANCELLED: "was stopped after {}: the run was cancelled",
    Outcome.HANDED_BACK: "was handed back after {}",
}


# How a sentence goes on with the state in which a run ended.
VERBS = {
    State.SKIPPED: "was ",
    State.MISSED: "was ",
    State.CANCELLED: "was ",
    State.DEAD: "is ",
}


@dataclass(frozen=True, slots=True)
class Event:
    """
    One thing that happened to a run.

    Attributes:
        event: one of `due inserted decided published queued claimed
            attempt_ended now`, the state in which the run ended, or what a
            person did (`cancel`, `retry`, `discard`).
        text: the same in words.
        by: who did it: beat, worker, token or user.
        attempt: its number, for what belongs to an attempt.
    """

    at: datetime
    event: str
    text: str
    by: str | None = None
    attempt: int | None = None


def tell(run: Run, deeds: Sequence[Event] = (), *, at: datetime) -> list[Event]:
    """
    Return what happened to *run*, oldest first.

    A run that has not ended closes with the event `now`: what it waits for.

    Args:
        run: with its attempts.
        deeds: what people did with it.
        at: now.
    """
    events = [*_entry(run), *_sending(run)]
    for attempt in run.attempts:
        events += _attempt(attempt)
    events += deeds
    if run.state in ENDED:
        ended_at = run.finished_at or run.created_at
        events.append(Event(ended_at, run.state.value, _end(run)))
    else:
        events.append(Event(at, "now", present_wait(run, at)))
    # Stable: what shares an instant stays in the order in which it follows.
    return sorted(events, key=lambda event: event.at)


def span(length: timedelta) -> str:
    """Return a length of time in words: `0.43 s`, `12 min`, `5.0 h`, `3.2 d`."""
    seconds = abs(length / SECOND)
    if seconds < 60:
        return f"{seconds:.3g} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:.1f} d"


def _entry(run: Run) -> Iterator[Event]:
    origin, _, key = run.origin.partition(":")
    due = {
        "schedule": "due by its schedule",
        "manual": f"asked for by hand, key {key}",
        "backfill": f"a fire time of the past, made up for by backfill {key}",
    }.get(origin, f"due, origin {run.origin}")
    if run.missed_until is not None:
        due = f"the first of {run.missed_count} fire times in one row"
    yield Event(run.scheduled_for, "due", due)
    late = run.created_at - run.scheduled_for
    words = "entered in the ledger"
    if origin == "schedule" and late >= SECOND:
        words += f", {span(late)} after it was due"
    yield Event(run.created_at, "inserted", words, by=run.entered_by)
    if run.decision:
        yield Event(run.created_at, "decided", run.decision)


def _sending(run: Run) -> Iterator[Event]:
    if run.sent_at is not None and run.sends:
        times = "" if run.sends == 1 else f" for the {ordinal(run.sends)} time"
        yield Event(run.sent_at, "published", f"published to {run.queue}{times}")
    if run.queued_at is not None:
        words = f"in the queue {run.queue}, priority {run.priority}"
        yield Event(run.queued_at, "queued", words)


def _attempt(attempt: Attempt) -> Iterator[Event]:
    number, worker = attempt.number, attempt.worker
    words = f"attempt {number} begun by {worker}"
    yield Event(attempt.started_at, "claimed", words, worker, number)
    if attempt.finished_at is not None and attempt.outcome is not None:
        took = span(attempt.finished_at - attempt.started_at)
        words = f"attempt {number} {OUTCOMES[attempt.outcome].format(took)}"
        if attempt.error:
            words += f": {attempt.error}"
        yield Event(attempt.finished_at, "attempt_ended", words, worker, number)


def _end(run: Run) -> str:
    because = run.error or REASONS.get(run.reason or "", run.reason)
    words = run.state.value
    if because:
        # A cancelled run's reason begins with the word itself.
        words = because if because.startswith(words) else f"{words}: {because}"
    if run.missed_until is not None:
        words += f", up to {instant_text(run.missed_until)}"
    return words + _parts(run)


def present_wait(run: Run, at: datetime) -> str:
    """Return what a run that has not ended waits for at *at*."""
    if run.state is State.RUNNING:
        return _work(run, at) + _parts(run)
    if run.state is State.WAITING:
        if run.not_before is None:
            return "waits for an earlier run of its job to end"
        return f"waits until {instant_text(run.not_before)}: {run.reason or 'asked to'}"
    if run.state is State.QUEUED:
        since = run.queued_at or run.sent_at or run.created_at
        return f"no worker has taken it from {run.queue} for {span(at - since)}"
    if run.sends:
        return f"published, but not known to have reached {run.queue}"
    return "about to be published"


def _work(run: Run, at: datetime) -> str:
    if run.lease_until is None:
        return "its parts are under way"
    if run.lease_until < at:
        late = span(at - run.lease_until)
        return f"the lease of {run.owner} ran out {late} ago: about to be taken back"
    return f"{run.owner} works on it, lease until {instant_text(run.lease_until)}"


def _parts(run: Run) -> str:
    fan = run.fan
    if fan is None:
        return ""
    return f" ({fan.total} parts: {fan.left} left, {fan.failed} without success)"


def sum_up(run: Run, at: datetime) -> str:
    """Return in one sentence of one line why *run* did or did not do its work."""
    return " ".join(_sentence(run, at).split())


def _sentence(run: Run, at: datetime) -> str:
    if run.state not in ENDED:
        return f"It has not ended: {present_wait(run, at)}."
    ending = f"{VERBS.get(run.state, '')}{_end(run)}"
    if not run.attempts:
        born_ended = run.finished_at == run.created_at
        if born_ended and run.decision:
            return f"It did not run: {run.decision}."
        return f"It {ending}, and never began."
    late = ""
    if run.started_at is not None and run.origin == "schedule":
        late = f" {span(run.started_at - run.scheduled_for)} after it was due"
    count = run.attempts[-1].number
    tries = "" if count == 1 else f", in attempt {count},"
    return f"It began{late} and{tries} {ending}."


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `4th`, ..."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
