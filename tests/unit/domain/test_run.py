"""Runs: states, identity, and the texts of instants."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.run import (
    CLAIMABLE,
    ENDED,
    TRANSITIONS,
    UNFINISHED,
    NewRun,
    State,
    instant_text,
    may_become,
    run_id,
)
from airq_cron.domain.zone import load_zone

AT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
INSTANTS = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
TEXTS = st.text(st.characters(codec="ascii", exclude_characters="|"), min_size=1)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (AT, "2026-10-25T00:30:00Z"),
        (AT.replace(microsecond=500_000), "2026-10-25T00:30:00.5Z"),
        (AT.replace(microsecond=1), "2026-10-25T00:30:00.000001Z"),
        (AT.astimezone(timezone(timedelta(hours=2))), "2026-10-25T00:30:00Z"),
        (AT.replace(minute=0), "2026-10-25T00:00:00Z"),
    ],
)
def test_an_instant_is_written_in_utc(at: datetime, text: str) -> None:
    """One form in every interface, with a fraction only where there is one."""
    assert text == instant_text(at)


@given(at=INSTANTS)
def test_the_text_of_an_instant_is_read_back_exactly(at: datetime) -> None:
    """No microsecond is lost."""
    assert at == datetime.fromisoformat(instant_text(at))


def test_both_passes_of_a_repeated_hour_are_two_runs() -> None:
    """The id hangs on the instant, not on what the clocks show."""
    paris = load_zone("Europe/Paris")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=paris, fold=0)
    second = first.replace(fold=1)

    assert run_id("fetch", first, "schedule") != run_id("fetch", second, "schedule")


def test_the_id_of_a_run_never_changes() -> None:
    """It lies in queues and databases: another formula would lose them."""
    found = run_id("fetch-paris-data", AT, "schedule")

    assert "5d5ca865-e04e-5989-8843-404de2c2f9c3" == found
    assert 5 == UUID(found).version


@given(at=INSTANTS, job=TEXTS, origin=TEXTS, part=st.integers(0, 1000))
def test_the_same_key_gives_the_same_id(
    at: datetime, job: str, origin: str, part: int
) -> None:
    """A second beat finds the run that the first one made."""
    new = NewRun(job, "fetch", "q", "normal", at, origin=origin, part=part)
    elsewhere = at.astimezone(timezone(timedelta(hours=-7)))

    assert new.id == run_id(job, elsewhere, origin, part)


@pytest.mark.parametrize(
    "other",
    [
        ("other", AT, "schedule", 0),
        ("fetch", AT + timedelta.resolution, "schedule", 0),
        ("fetch", AT, "manual:1", 0),
        ("fetch", AT, "schedule", 1),
    ],
)
def test_each_part_of_the_key_makes_another_run(
    other: tuple[str, datetime, str, int],
) -> None:
    """Job, instant, origin and part all count."""
    assert run_id("fetch", AT, "schedule", 0) != run_id(*other)


def test_every_state_is_an_end_or_unfinished() -> None:
    """No state is forgotten, none is both."""
    assert frozenset(State) == ENDED | UNFINISHED
    assert not ENDED & UNFINISHED
    assert set(State) == set(TRANSITIONS)


def test_only_what_is_on_its_way_can_be_claimed() -> None:
    """A run that runs, waits or has ended is never started by a message."""
    startable = {state for state in UNFINISHED if may_become(state, State.RUNNING)}

    assert CLAIMABLE == startable


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_end_is_left_only_by_a_retry(state: State) -> None:
    """Dead letters may be started again, and nothing else."""
    retryable = state in {State.FAILED, State.DEAD}

    again = {State.SCHEDULED, State.RUNNING} if retryable else set()
    assert again == TRANSITIONS[state]


@pytest.mark.parametrize("state", sorted(UNFINISHED))
def test_every_unfinished_run_can_end(state: State) -> None:
    """There is a way out of each state, and it can be cancelled at any time."""
    reached, found = {state}, set[State]()
    while reached:
        found |= reached
        reached = {new for old in reached for new in TRANSITIONS[old]} - found

    assert found >= ENDED
    assert may_become(state, State.CANCELLED)
