"""Schedules of the three kinds, their text, and what is refused."""

import pickle
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq_cron.domain.schedule import (
    CronSchedule,
    IntervalSchedule,
    NeverSchedule,
    OnceSchedule,
    Schedule,
    check_frequency,
    jitter,
    parse_schedule,
)
from airq_cron.errors import ScheduleError

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
PARIS = "Europe/Paris"

INSTANTS = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
INTERVALS = st.builds(
    lambda every, share: IntervalSchedule(
        timedelta(seconds=every), timedelta(seconds=every * share // 1000), PARIS
    ),
    st.integers(1, 366 * 86400),
    st.integers(0, 999),
)
SCHEDULES: st.SearchStrategy[Schedule] = st.one_of(
    INTERVALS,
    st.builds(OnceSchedule, INSTANTS, st.just(PARIS)),
    st.just(NeverSchedule(PARIS)),
    st.builds(
        CronSchedule,
        st.sampled_from(["* * * * *", "@daily", "0 9 * * MON-FRI", "0 0 29 2 *"]),
        st.just(PARIS),
    ),
)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* * * * *", CronSchedule("* * * * *", PARIS)),
        ("  0 2  * * 0 ", CronSchedule("0 2 * * 0", PARIS)),
        ("@hourly", CronSchedule("@hourly", PARIS)),
        ("every 30s", IntervalSchedule(30 * SECOND, zone=PARIS)),
        ("never", NeverSchedule(PARIS)),
        (" Never ", NeverSchedule(PARIS)),
        ("Every  5M", IntervalSchedule(5 * MINUTE, zone=PARIS)),
        ("every 2d", IntervalSchedule(timedelta(days=2), zone=PARIS)),
        ("every 1h phase 5m", IntervalSchedule(60 * MINUTE, 5 * MINUTE, PARIS)),
        ("at 2026-01-01T00:00:00Z", OnceSchedule(instant("2026-01-01T00:00Z"), PARIS)),
        (
            "at 2026-01-01T00:00:00+02:00",
            OnceSchedule(instant("2025-12-31T22:00Z"), PARIS),
        ),
    ],
)
def test_a_text_names_its_schedule(text: str, expected: Schedule) -> None:
    """Cron fields, an interval or an instant, each with the job's zone."""
    found = parse_schedule(text, PARIS)
    assert expected == found
    assert PARIS == found.zone


@given(SCHEDULES)
def test_a_schedule_comes_back_from_its_text(schedule: Schedule) -> None:
    """What the database or a person keeps is the whole schedule."""
    assert schedule == parse_schedule(schedule.text, schedule.zone)
    assert schedule == pickle.loads(pickle.dumps(schedule))
    assert 1 == len({schedule, parse_schedule(schedule.text, schedule.zone)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("every 30s", "every 30s"),
        ("every 90s", "every 90s"),
        ("every 60s", "every 1m"),
        ("every 48h", "every 2d"),
        ("every 7200s phase 90s", "every 2h phase 90s"),
        ("at 2026-01-01T01:00:00+01:00", "at 2026-01-01T00:00:00Z"),
        ("0  9 * * *", "0 9 * * *"),
    ],
)
def test_a_text_is_put_in_its_usual_form(text: str, expected: str) -> None:
    """Lengths in their largest exact unit, instants in UTC, single blanks."""
    assert expected == parse_schedule(text, PARIS).text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "every",
        "every 5",
        "every 0s",
        "every -5s",
        "every 1.5h",
        "every 5 minutes",
        "every 367d",
        "every 99999999d",
        "every 999999999999999999999s",
        "every ٣s",
        "every 30s phase 30s",
        "every 30s phase",
        "at",
        "at noon",
        "never again",
        "at 2026-01-01T00:00:00",
        "at 2026-02-30T00:00:00Z",
        "at 0001-01-01T00:00:00+23:00",
        "0 0 31 2 *",
        "* * * * * *",
    ],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    """Always with our error, and with the field that is wrong."""
    with pytest.raises(ScheduleError) as refusal:
        parse_schedule(text, PARIS)
    assert "schedule" == refusal.value.field


@pytest.mark.parametrize(
    "text", ["* * * * *", "every 5m", "at 2026-01-01T00:00:00Z", "never"]
)
def test_an_unknown_zone_is_refused_for_every_kind(text: str) -> None:
    """Also where the zone is only shown, since other code reads it."""
    with pytest.raises(ScheduleError) as refusal:
        parse_schedule(text, "Europe/Nowhere")
    assert "timezone" == refusal.value.field


@settings(max_examples=200)
@given(st.text(max_size=40) | st.text(max_size=20).map("every {}".format))
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    """Whatever people type, the only error is ours."""
    try:
        found = parse_schedule(text, PARIS)
    except ScheduleError:
        return
    assert found == parse_schedule(found.text, PARIS)


@pytest.mark.parametrize(
    ("every", "phase"),
    [
        (timedelta(seconds=1.5), timedelta()),
        (timedelta(seconds=0.5), timedelta()),
        (MINUTE, timedelta(seconds=0.5)),
        (MINUTE, -SECOND),
        (MINUTE, MINUTE),
    ],
)
def test_an_interval_is_whole_seconds(every: timedelta, phase: timedelta) -> None:
    """Its text could not carry a fraction, nor its anchor a longer phase."""
    with pytest.raises(ScheduleError) as refusal:
        IntervalSchedule(every, phase)
    assert "schedule" == refusal.value.field


def test_an_interval_is_anchored_at_the_epoch() -> None:
    """A restart or an edit does not move it."""
    schedule = IntervalSchedule(7 * MINUTE, 2 * MINUTE)
    fire = schedule.next_after(instant("2026-01-01T00:00Z"))
    assert fire is not None
    since_epoch = fire - datetime(1970, 1, 1, tzinfo=UTC)
    assert 2 * MINUTE == since_epoch % (7 * MINUTE)


def test_an_interval_does_not_notice_clock_changes() -> None:
    """Over Paris' long day it keeps its real time."""
    schedule = IntervalSchedule(timedelta(hours=1), zone=PARIS)
    start = instant("2026-10-24T22:00Z")
    expected = [start + number * timedelta(hours=1) for number in range(1, 26)]
    assert expected == schedule.between(start, start + timedelta(hours=25))


@given(schedule=INTERVALS, at=INSTANTS)
def test_an_interval_is_its_own_neighbour(
    schedule: IntervalSchedule, at: datetime
) -> None:
    """Before and after an instant lie two fires, one interval or a hit apart."""
    before, after = schedule.previous(at), schedule.next_after(at)
    assert before is not None
    assert after is not None
    assert before < at < after
    assert after - before in {schedule.every, 2 * schedule.every}
    assert after == schedule.next_after(after - timedelta.resolution)
    assert before == schedule.previous(before + timedelta.resolution)


@given(
    schedule=SCHEDULES,
    start=INSTANTS,
    steps=st.tuples(*[st.timedeltas(timedelta(), timedelta(hours=2))] * 2),
)
def test_adjoining_windows_share_and_lose_nothing(
    schedule: Schedule, start: datetime, steps: tuple[timedelta, timedelta]
) -> None:
    """For all kinds alike, the parts give the whole."""
    middle, end = start + steps[0], start + steps[0] + steps[1]
    whole = schedule.between(start, end)
    assert whole == schedule.between(start, middle) + schedule.between(middle, end)
    assert whole[:3] == schedule.between(start, end, limit=3)


def test_one_instant_fires_once() -> None:
    """It is ahead until it is reached, and then behind."""
    fire = instant("2026-01-01T00:00Z")
    schedule = OnceSchedule(fire)
    assert fire == schedule.next_after(fire - SECOND)
    assert schedule.next_after(fire) is None
    assert schedule.previous(fire) is None
    assert fire == schedule.previous(fire + SECOND)
    assert [fire] == schedule.between(fire - SECOND, fire)
    assert [] == schedule.between(fire, fire + SECOND)
    assert [] == schedule.between(fire - SECOND, fire, limit=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*/7 * * * *", 4 * MINUTE),
        ("0 2 * * 0", timedelta(days=7)),
        ("every 30s", 30 * SECOND),
        ("at 2026-01-01T00:00:00Z", None),
        ("never", None),
    ],
)
def test_a_schedule_knows_its_period(text: str, expected: timedelta | None) -> None:
    """The shortest usual time between two fires."""
    assert expected == parse_schedule(text, PARIS).period()


@pytest.mark.parametrize("text", ["* * * * *", "every 59s", "0,1 0 1 1 *"])
def test_a_schedule_too_frequent_is_refused(text: str) -> None:
    """One close pair of fire times is enough."""
    with pytest.raises(ScheduleError, match="at most every 61 s") as refusal:
        check_frequency(parse_schedule(text, PARIS), 61 * SECOND)
    assert "schedule" == refusal.value.field


@pytest.mark.parametrize(
    "text", ["* * * * *", "every 60s", "@hourly", "at 2026-01-01T00:00:00Z"]
)
def test_a_schedule_at_the_limit_is_accepted(text: str) -> None:
    """Exactly as often as allowed is allowed."""
    check_frequency(parse_schedule(text, PARIS), MINUTE)


@given(
    job=st.text(max_size=30),
    schedule=SCHEDULES,
    maximum=st.timedeltas(timedelta(), timedelta(days=30)),
)
def test_jitter_keeps_the_order_of_fire_times(
    job: str, schedule: Schedule, maximum: timedelta
) -> None:
    """It is the same each time, within its bound and below half the period."""
    found = jitter(job, schedule, maximum)
    period = schedule.period()
    assert found == jitter(job, schedule, maximum)
    assert timedelta() <= found <= maximum
    assert period is None or 2 * found < period


def test_jitter_spreads_jobs() -> None:
    """A hundred jobs of one minute use all of its first half."""
    schedule = CronSchedule("* * * * *", PARIS)
    found = {jitter(f"job-{number}", schedule, MINUTE) for number in range(100)}
    assert 100 == len(found)
    assert min(found) < 5 * SECOND
    assert max(found) > 25 * SECOND


def test_jitter_does_not_change_between_versions() -> None:
    """The value of today is written down: an upgrade must not move every job."""
    found = jitter("fetch-paris-data", CronSchedule("* * * * *", PARIS), 10 * SECOND)
    assert timedelta(microseconds=767_153) == found
    assert found == jitter("fetch-paris-data", IntervalSchedule(MINUTE), 10 * SECOND)


def test_no_jitter_is_none_at_all() -> None:
    """Zero, or a bound below it, moves nothing."""
    schedule = CronSchedule("* * * * *", PARIS)
    assert timedelta() == jitter("job", schedule, timedelta())
    assert timedelta() == jitter("job", schedule, -MINUTE)
