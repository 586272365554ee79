"""Fire times found late: what runs, what is missed, and how long it takes to say."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.catchup import (
    Catchup,
    Decision,
    Missed,
    Mode,
    catch_up,
    decide,
)
from airq_cron.domain.schedule import CronSchedule, IntervalSchedule, OnceSchedule
from airq_cron.errors import InvalidError

AT = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
EVERY_MINUTE = CronSchedule("* * * * *", "Europe/Paris")
HOURLY = CronSchedule("0 * * * *", "UTC")

POLICIES = st.builds(
    Catchup,
    st.sampled_from(["none", "latest", "all"]),
    st.none() | st.timedeltas(MINUTE, 6 * HOUR),
    st.none() | st.integers(1, 50),
)


def ago(*seconds: float) -> list[datetime]:
    return [AT - timedelta(seconds=count) for count in seconds]


def single(*fires: datetime) -> tuple[Missed, ...]:
    return tuple(Missed(fire, fire, 1) for fire in fires)


def drain(catchup: Catchup, cursor: datetime, limit: int) -> list[Decision]:
    """Call as a beat would: again and again until the cursor has arrived."""
    decisions = []
    while cursor < AT:
        decisions.append(
            catch_up(IntervalSchedule(MINUTE), cursor, AT, catchup, limit=limit)
        )
        assert decisions[-1].cursor > cursor
        cursor = decisions[-1].cursor
    return decisions


@pytest.mark.parametrize("mode", ["none", "latest", "all"])
def test_a_punctual_fire_time_always_runs(mode: Mode) -> None:
    """Up to and including sixty seconds nothing counts as late."""
    fires = ago(60, 0)
    assert Decision(tuple(fires), (), AT) == decide(fires, AT, Catchup(mode))


def test_none_drops_what_is_late() -> None:
    """A moment above sixty seconds is late."""
    fires = ago(120, 60.000001, 60)
    expected = Decision((fires[2],), single(*fires[:2]), AT)
    assert expected == decide(fires, AT, Catchup("none"))


def test_latest_runs_the_newest_late_one() -> None:
    """After an outage the present state is fetched once."""
    fires = ago(7200, 3600, 600)
    expected = Decision((fires[2],), single(*fires[:2]), AT)
    assert expected == decide(fires, AT, Catchup("latest"))


def test_latest_needs_no_late_run_beside_a_punctual_one() -> None:
    """The punctual one is the latest: a second run would fetch the same."""
    fires = ago(120, 61, 1)
    expected = Decision((fires[2],), single(*fires[:2]), AT)
    assert expected == decide(fires, AT, Catchup("latest"))


def test_latest_drops_even_the_newest_outside_the_window() -> None:
    """What is too old is not worth a run."""
    fires = ago(7200, 3601)
    expected = Decision((), single(*fires), AT)
    assert expected == decide(fires, AT, Catchup("latest", window=HOUR))
    inside = decide(ago(7200, 3600), AT, Catchup("latest", window=HOUR))
    assert tuple(ago(3600)) == inside.run


def test_all_runs_every_one() -> None:
    """Without a window or a cap nothing is missed."""
    fires = ago(*range(90_000, 0, -3600))
    assert Decision(tuple(fires), (), AT) == decide(fires, AT, Catchup("all"))


def test_all_keeps_the_newest_within_its_cap() -> None:
    """The cap counts late ones only; punctual ones run besides."""
    fires = ago(400, 300, 200, 100, 10)
    expected = Decision(tuple(fires[2:]), single(*fires[:2]), AT)
    assert expected == decide(fires, AT, Catchup("all", cap=2))


def test_window_and_cap_hold_together() -> None:
    """The stricter of the two decides."""
    fires = ago(400, 300, 200, 100)
    narrow = decide(fires, AT, Catchup("all", timedelta(seconds=250), 3))
    capped = decide(fires, AT, Catchup("all", timedelta(seconds=350), 1))
    assert (tuple(fires[2:]), tuple(fires[3:])) == (narrow.run, capped.run)


def test_nothing_found_decides_nothing() -> None:
    """The cursor still moves on."""
    assert Decision((), (), AT) == decide([], AT, Catchup("latest"))


@pytest.mark.parametrize(("count", "rows"), [(100, 100), (101, 1)])
def test_a_long_stretch_is_one_row(count: int, rows: int) -> None:
    """Above a hundred, single rows would only bury the fact."""
    fires = ago(*(60 * number for number in range(count + 1, 1, -1)))
    missed = decide(fires, AT, Catchup("none")).missed
    assert rows == len(missed)
    assert count == sum(row.count for row in missed)
    assert (fires[0], fires[-1]) == (missed[0].since, missed[-1].until)


def test_another_margin_for_lateness_is_obeyed() -> None:
    """Tests and slow hosts may draw the line elsewhere."""
    fires = ago(10, 5)
    found = decide(fires, AT, Catchup("none"), late=timedelta(seconds=7))
    assert (fires[1],) == found.run


@pytest.mark.parametrize(
    ("mode", "window", "cap", "field"),
    [
        ("some", None, None, "catchup.mode"),
        ("all", timedelta(), None, "catchup.window"),
        ("all", -HOUR, None, "catchup.window"),
        ("all", None, 0, "catchup.cap"),
        ("all", None, 10_001, "catchup.cap"),
    ],
)
def test_a_policy_without_meaning_is_refused(
    mode: Mode, window: timedelta | None, cap: int | None, field: str
) -> None:
    """The field to correct is named."""
    with pytest.raises(InvalidError) as refusal:
        Catchup(mode, window, cap)
    assert field == refusal.value.field


def test_without_a_policy_nothing_late_runs() -> None:
    """The default is the cautious one."""
    assert Catchup("none", None, None) == Catchup()


def test_a_short_outage_of_the_hourly_job_is_caught_up() -> None:
    """Three hours down: three runs, each for its own hour."""
    found = catch_up(HOURLY, AT - 3 * HOUR, AT, Catchup("all", 24 * HOUR, 24))
    expected = [AT.replace(hour=hour, second=0) for hour in (10, 11, 12)]
    assert Decision(tuple(expected), (), AT) == found


def test_a_tick_in_time_runs_what_is_due() -> None:
    """The usual case: one fire time, found within its minute."""
    found = catch_up(EVERY_MINUTE, AT - MINUTE, AT, Catchup("latest"))
    assert Decision((AT.replace(second=0),), (), AT) == found


def test_a_single_instant_is_caught_up_as_well() -> None:
    """A one-off job whose time came while everything was down."""
    once = OnceSchedule(AT - HOUR)
    assert (AT - HOUR,) == catch_up(once, AT - 2 * HOUR, AT, Catchup("latest")).run
    missed = catch_up(once, AT - 2 * HOUR, AT, Catchup("none")).missed
    assert single(AT - HOUR) == missed


def test_a_clock_that_went_back_moves_no_cursor() -> None:
    """What is decided stays decided."""
    found = catch_up(EVERY_MINUTE, AT + HOUR, AT, Catchup("all"))
    assert Decision((), (), AT + HOUR) == found


def test_a_year_of_minutes_is_decided_in_bounded_steps() -> None:
    """No call holds more than its limit, and nobody is forgotten."""
    start = AT - timedelta(days=365)
    decisions = drain(Catchup("latest"), start, 10_000)
    run = [fire for decision in decisions for fire in decision.run]
    missed = [row for decision in decisions for row in decision.missed]
    assert [AT.replace(second=0)] == run
    assert 365 * 24 * 60 - 1 == sum(row.count for row in missed)
    assert 53 == len(missed) == len(decisions)
    assert all(row.count <= 10_001 for row in missed)


def test_the_newest_of_a_cap_are_found_beyond_the_limit() -> None:
    """The first step already knows that newer ones will use up the cap."""
    decisions = drain(Catchup("all", cap=24), AT - 10 * HOUR, 100)
    assert () == decisions[0].run
    punctual = 1
    assert 24 + punctual == sum(len(decision.run) for decision in decisions)


@given(
    catchup=POLICIES,
    outage=st.timedeltas(timedelta(), 10 * HOUR),
    limit=st.integers(1, 200),
)
def test_small_steps_decide_as_one_does(
    catchup: Catchup, outage: timedelta, limit: int
) -> None:
    """Each fire time is decided once, and the same, however it is cut."""
    schedule = IntervalSchedule(MINUTE)
    fires = schedule.between(AT - outage, AT)
    whole = decide(fires, AT, catchup)
    decisions = drain(catchup, AT - outage, limit)
    assert list(whole.run) == [fire for found in decisions for fire in found.run]
    dropped = sum(row.count for found in decisions for row in found.missed)
    assert len(fires) == len(whole.run) + dropped
