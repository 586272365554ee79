"""Whether a job does what its schedule and its past promise."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from airq_cron.domain.catchup import LATE
from airq_cron.domain.job_facts import (
    MOST_UNPLANNED,
    Ends,
    JobFacts,
    MissedRuns,
    Newest,
    Record,
    Span,
    Unstarted,
    unplanned,
)
from airq_cron.domain.job_watch import (
    LATELY,
    RATE_OF,
    SHORTEST,
    allowed,
    fails_too_often,
    is_failing,
    is_late,
    is_missing,
    is_too_long,
    is_too_often,
    longest,
    never_succeeds,
)
from airq_cron.domain.schedule import parse_schedule
from tests.entries import DAWN, job

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
JOB = job(time_limit_s=300, run_limit_s=1000)
BARE = JobFacts(JOB)
COUNTS = st.integers(0, 200)
SPANS = st.timedeltas(timedelta(), timedelta(hours=2))
BUSY = Record(day=Ends(20, 0), mean=60 * SECOND)
RANKS = {False: 0, None: 1, True: 2}


def missed(**more: object) -> JobFacts:
    """Return a job that missed what was due in the last half hour."""
    noted = {"noted_at": DAWN - LATELY - MINUTE} | more
    found = MissedRuns(DAWN - 60 * MINUTE, DAWN - 30 * MINUTE, 3, **noted)  # type: ignore[arg-type]
    return replace(BARE, missed=found)


def took(length: timedelta, record: Record = BUSY, **more: bool) -> JobFacts:
    """Return a job whose newest run took so long."""
    return JobFacts(
        JOB, newest=Newest(DAWN, span=Span(DAWN, length, **more)), record=record
    )


def test_a_job_of_which_nothing_is_known_is_in_no_trouble() -> None:
    """A new one, say."""
    assert not is_late(BARE, DAWN, timedelta())
    assert not is_missing(BARE, DAWN, 0)
    assert longest(BARE, 5) is None
    assert not is_too_long(BARE, 5)
    assert not is_too_often(BARE, 0)
    assert not is_failing(BARE, 1)
    assert not never_succeeds(BARE, 1)
    assert fails_too_often(BARE, 0.1) is False


@given(SPANS, SPANS)
def test_late_is_longer_than_the_margin(waited: timedelta, margin: timedelta) -> None:
    """From when it could have started; being as long is not."""
    facts = replace(BARE, unstarted=Unstarted(DAWN, DAWN, 1))

    assert is_late(facts, DAWN + waited, margin) is (waited > margin)


def test_what_was_missed_is_told_until_the_job_is_back() -> None:
    """For a while in any case, so that it is told at all."""
    back = Newest(DAWN - 30 * MINUTE)
    before = Newest(DAWN - 31 * MINUTE)

    assert is_missing(missed(), DAWN, 0)
    assert is_missing(replace(missed(), newest=before), DAWN, 0)
    assert not is_missing(replace(missed(), newest=back), DAWN, 0)
    assert is_missing(replace(missed(pending=1), newest=back), DAWN, 0)
    assert is_missing(replace(missed(noted_at=DAWN), newest=back), DAWN, 0)
    assert not is_missing(missed(), DAWN, 3)


@settings(max_examples=30)
@given(st.integers(0, 1200), st.sampled_from(["* * * * *", "every 30s", "0 4 * * *"]))
def test_unplanned_is_what_a_beat_would_have_planned(minutes: int, text: str) -> None:
    """All fire times after the cursor, once they are a minute old."""
    schedule, at = parse_schedule(text, "UTC"), DAWN + minutes * MINUTE
    stuck = job(schedule=text, cursor=DAWN, next_due_at=schedule.next_after(DAWN))
    expected = schedule.between(DAWN, at)
    found = unplanned(stuck, schedule, at)
    overdue = [one for one in expected if at - one > LATE]

    assert (found is not None) is bool(overdue)
    if found is not None:
        assert expected[0] == found.first
        assert found.last == max(one for one in expected if at - one >= LATE)
        assert found.count <= MOST_UNPLANNED
        if len(overdue) < MOST_UNPLANNED - 1:
            assert found.count in (len(overdue), len(overdue) + 1)


def test_what_is_off_or_done_is_not_unplanned() -> None:
    """Nobody waits for it."""
    schedule = parse_schedule("* * * * *", "UTC")
    due = job(cursor=DAWN, next_due_at=DAWN + MINUTE)
    at = DAWN + 60 * MINUTE

    assert unplanned(due, schedule, at) is not None
    for done in (
        replace(due, enabled=False),
        replace(due, next_due_at=None),
        replace(due, next_due_at=at),
    ):
        assert unplanned(done, schedule, at) is None


def test_missed_stretches_are_joined() -> None:
    """Those with an entry and those without are one to people."""
    one = MissedRuns(DAWN, DAWN + MINUTE, 2, DAWN + 2 * MINUTE, caught_up=1)
    other = MissedRuns(DAWN - MINUTE, DAWN, 1, DAWN + MINUTE, pending=1)
    both = one.joined(other)

    assert both == other.joined(one)
    assert MissedRuns(DAWN - MINUTE, DAWN + MINUTE, 3, DAWN + 2 * MINUTE, 1, 1) == both
    assert one == one.joined(None)


@given(SPANS, st.floats(1.5, 1000), st.booleans())
def test_what_is_allowed_has_bounds(
    mean: timedelta, factor: float, split: bool
) -> None:
    """Never beyond the limit, and never less than the least without need."""
    record = Record(day=Ends(20, 0), mean=mean)
    facts, span = JobFacts(JOB, record=record), Span(DAWN, MINUTE, split)
    bound = allowed(facts, span, factor)

    assert SHORTEST <= bound <= 0.8 * timedelta(seconds=1000 if split else 300)
    assert allowed(replace(facts, record=Record()), span, factor) >= bound


@pytest.mark.parametrize(
    ("facts", "too_long"),
    [
        (took(239 * SECOND), False),
        (took(241 * SECOND), True),
        (took(241 * SECOND, is_split=True), False),
        (took(301 * SECOND, is_split=True), True),
        (took(31 * SECOND, Record(day=Ends(9, 0), mean=SECOND)), True),
        (took(29 * SECOND, Record(day=Ends(9, 0), mean=SECOND)), False),
        (took(31 * SECOND, Record(day=Ends(4, 0), mean=SECOND)), False),
    ],
)
def test_too_long_is_by_the_mean_or_the_limit(facts: JobFacts, too_long: bool) -> None:
    """A mean of a few runs is none."""
    assert is_too_long(facts, 5) is too_long


def test_of_two_runs_the_worse_is_told() -> None:
    """By what each is allowed."""
    facts = took(MINUTE)
    running = Span(DAWN, 2 * MINUTE)

    found = longest(replace(facts, running=running), 5)
    assert found is not None
    assert running == found[0]


@given(COUNTS, st.floats(0, 100))
def test_too_often_is_more_than_is_tolerated(count: int, tolerated: float) -> None:
    """Beside what the schedule gives."""
    facts = replace(BARE, by_hand=count)

    assert is_too_often(facts, tolerated) is (count > tolerated)


@given(COUNTS, COUNTS, st.integers(1, 100))
def test_one_success_is_enough_for_ever(good: int, bad: int, runs: int) -> None:
    """To have succeeded."""
    facts = replace(BARE, record=Record(succeeded=good, fruitless=bad))

    never = good == 0 and bad >= runs
    under_way = replace(facts, running=Span(DAWN, MINUTE))

    assert never_succeeds(facts, runs) is never
    assert never_succeeds(under_way, runs) is (None if never else False)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0.001, 0.99))
def test_a_rate_needs_enough_runs(a: int, b: int, c: int, d: int, limit: float) -> None:
    """1 of 1 is none; it holds only while it is bad in both windows."""
    day, lately = Ends(a, b), Ends(c, d)
    answer = fails_too_often(
        replace(BARE, record=Record(day=day, lately=lately)), limit
    )

    if day.total < RATE_OF:
        assert answer is False
    if answer:
        assert (day.rate or 0) > limit
        assert lately.total < RATE_OF or (lately.rate or 0) > limit


@given(COUNTS, COUNTS, st.floats(0.001, 0.99))
def test_one_more_failure_is_never_better(good: int, bad: int, limit: float) -> None:
    """And one more success never worse."""
    assume(good + bad >= RATE_OF)
    one, worse, better = (
        RANKS[fails_too_often(replace(BARE, record=Record(day=ends)), limit)]
        for ends in (Ends(good, bad), Ends(good, bad + 1), Ends(good + 1, bad))
    )

    assert better <= one <= worse


def test_a_rate_that_recovers_is_over_before_a_day_has_passed() -> None:
    """Between four fifths of the limit and the limit nothing changes."""
    day = Ends(80, 20)

    def answer(lately: Ends) -> bool | None:
        return fails_too_often(
            replace(BARE, record=Record(day=day, lately=lately)), 0.1
        )

    assert [True, None, False, True] == [
        answer(Ends(*one)) for one in [(88, 12), (91, 9), (92, 8), (9, 0)]
    ]
