"""The sentences of alerts about jobs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.dropped import Dropped, say_dropped
from airq_cron.domain.job_facts import (
    Ends,
    JobFacts,
    MissedRuns,
    Newest,
    Record,
    Span,
    Unstarted,
)
from airq_cron.domain.job_watch_words import (
    LONGEST_ERROR,
    between,
    moment,
    say_failing,
    say_late,
    say_missed,
    say_missed_over,
    say_never,
    say_rate,
    say_too_long,
    say_too_often,
)
from airq_cron.domain.zone import load_zone
from tests.entries import job

MINUTE = timedelta(minutes=1)
JOB = job("fetch-paris-data", zone="Europe/Paris")
NOON = datetime(2026, 3, 1, 11, 0, tzinfo=UTC)
TEN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
BARE = JobFacts(JOB)
BOTH = "4 runs were missed and 1 run was skipped"
MISSED = MissedRuns(TEN, TEN + 45 * MINUTE, 4, NOON)


def test_what_was_missed_is_told_by_the_clocks_of_the_job() -> None:
    """As people say it."""
    facts = replace(BARE, missed=MISSED)
    made_up = replace(BARE, missed=replace(MISSED, caught_up=2, pending=1))

    told = "fetch-paris-data missed 4 runs, 10:00 to 10:45 (Europe/Paris)"
    assert told == say_missed(facts, NOON)
    assert f"{told}, caught up 2, 1 under way" == say_missed(made_up, NOON)
    assert (
        "fetch-paris-data runs again: it missed 4 runs, 10:00 to 10:45 "
        "(Europe/Paris)" == say_missed_over(facts, NOON)
    )


@pytest.mark.parametrize(
    ("first", "minutes", "now", "told"),
    [
        (TEN, 0, NOON, "10:00"),
        (TEN, 45, NOON + timedelta(days=1), "2026-03-01 10:00 to 10:45"),
        (TEN.replace(hour=22), 90, TEN.replace(hour=23, minute=45),
         "2026-03-01 23:00 to 2026-03-02 00:30"),
        (TEN + timedelta(seconds=30), 1, NOON, "10:00:30 to 10:01:30"),
        # Half past two comes twice on this day.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 60,
         datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "02:30+02:00 to 02:30+01:00"),
    ],
)  # fmt: skip
def test_no_time_is_taken_for_another(
    first: datetime, minutes: int, now: datetime, told: str
) -> None:
    """Days, seconds and offsets are told where they matter."""
    last = first + minutes * MINUTE

    assert f"{told} (Europe/Paris)" == between(first, last, "Europe/Paris", now)


@given(
    st.timedeltas(timedelta(), timedelta(days=365)).map(lambda step: TEN + step),
    st.timedeltas(timedelta(), timedelta(days=2)),
    st.sampled_from(["UTC", "Europe/Paris", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_a_time_can_be_read_back(at: datetime, later: timedelta, zone: str) -> None:
    """With the day of the message."""
    at, here = at.replace(microsecond=0), load_zone(zone)
    now = at + later
    text = moment(at, zone, now).removesuffix(f" ({zone})")
    if "-" not in text[:8]:
        text = f"{now.astimezone(here):%Y-%m-%d} {text}"
    read = datetime.fromisoformat(text)

    assert at in {
        read.replace(tzinfo=read.tzinfo or here, fold=fold).astimezone(UTC)
        for fold in (0, 1)
    }


@pytest.mark.parametrize(
    ("dropped", "told"),
    [
        (None, ""),
        (Dropped(0, 0, 0, TEN, TEN), ""),
        (Dropped(1, 0, 1, TEN, TEN), "; meanwhile 1 run was missed, 10:00 (UTC)"),
        (
            Dropped(4, 1, 3, TEN, TEN + 30 * MINUTE),
            f"; meanwhile {BOTH} of 3 jobs, 10:00 to 10:30 (UTC)",
        ),
    ],
)
def test_what_was_dropped_is_told(dropped: Dropped | None, told: str) -> None:
    """And nothing where there is nothing to tell."""
    shown = told.replace("10:", "09:")

    assert shown == say_dropped(dropped, "UTC", NOON)


def test_a_late_run_tells_which_and_for_how_long() -> None:
    """And how many wait with it."""
    late = replace(BARE, unstarted=Unstarted(TEN, TEN + MINUTE, 1))
    told = "has not started its run of 10:00 (Europe/Paris): it has waited for 2.0 h"

    assert f"fetch-paris-data {told}" == say_late(late, NOON)
    more = replace(late, unstarted=Unstarted(TEN, TEN, 3))
    assert say_late(more, NOON).endswith("; 3 runs wait")
    assert "No run of fetch-paris-data waits" in say_late(BARE, NOON)


def test_a_long_run_tells_what_is_usual() -> None:
    """Whether it runs or ran."""
    record = Record(day=Ends(10, 0), mean=20 * timedelta(seconds=1))
    runs = replace(BARE, running=Span(TEN, 4 * MINUTE), record=record)
    ran = replace(BARE, newest=Newest(TEN, span=Span(TEN, 5 * MINUTE)))

    assert say_too_long(runs, 5) == (
        "fetch-paris-data has been running for 4 min: on average one takes 20 s, and "
        "more than 2 min is too long"
    )
    assert say_too_long(ran, 5) == (
        "fetch-paris-data took 5 min: more than 4 min is too long"
    )
    assert "No run of" in say_too_long(BARE, 5)


def test_failures_are_told_with_the_last_error() -> None:
    """On one line, and not more of it than helps."""
    newest = Newest(TEN, failures=3, error="no\n  such place " + "x" * 999)
    facts = replace(BARE, newest=newest, record=Record(fruitless=3))
    said = say_failing(facts, 3)

    assert (
        "fetch-paris-data failed 3 times in a row; last error: no such place x" in said
    )
    assert len(said) < LONGEST_ERROR + 80
    assert "never succeeded in 3 runs; last error: no such" in say_never(facts)
    assert "does not fail each time" in say_failing(facts, 4)
    assert "runs as it should" in say_failing(BARE, 3)
    assert "has succeeded" in say_never(replace(BARE, record=Record(succeeded=1)))


def test_figures_are_told_as_they_are() -> None:
    """Counts first."""
    facts = replace(BARE, by_hand=12, record=Record(day=Ends(80, 20)))

    assert "run 12 times by hand in the last hour, beside the 4 runs" in say_too_often(
        facts, 4
    )
    assert "20 of 100 runs (20 %) of the last 24 h failed" in say_rate(facts)
    assert "0 of 0 runs of the last 24 h failed" in say_rate(BARE)
