"""Alerts about jobs: the judge looks at a ledger that beat and workers fill."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from airq_cron.domain.alert_rule import DEFAULTS
from airq_cron.domain.catchup import Catchup
from airq_cron.domain.flip import Flip
from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.run import State
from airq_cron.ports import FlipFilter, RunFilter
from airq_cron.services.alert_rules import change_rule
from airq_cron.services.look_at_jobs import look_at_jobs
from airq_cron.services.pause import pause_job, resume_job
from airq_cron.services.tick import tick
from airq_cron.services.watch_parts import PartsWatch
from airq_cron.store.store import SqlStore
from airq_cron.testing import (
    FakeClock,
    MemoryHeartbeats,
    MemoryQueues,
    RecordingDispatcher,
)
from tests import entries

MINUTE = timedelta(minutes=1)
STEP = timedelta(seconds=20)
TEN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)  # 10:00 in Paris
QUARTERLY = entries.job(
    schedule="*/15 * * * *",
    zone="Europe/Paris",
    overlap=Overlap.QUEUE_ALL,
    catchup=Catchup("all", cap=3),
    cursor=TEN - MINUTE,
    next_due_at=TEN,
)


class Scene:
    """A job that fires each quarter, beat, a worker, and the judge of beat."""

    def __init__(self, store: SqlStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.watch = PartsWatch(store, MemoryQueues(), MemoryHeartbeats(clock))
        entries.switch_off_jobs(store)
        clock.advance(TEN - 5 * MINUTE - clock.now())
        self.add(QUARTERLY)

    def add(self, job: Job) -> None:
        """Make a job."""
        self.store.write(lambda unit: unit.jobs.add(job))

    def plan(self) -> None:
        """Let beat plan what is due."""
        tick(self.store, RecordingDispatcher())

    def work(self, state: State = State.SUCCEEDED, takes: timedelta = STEP) -> None:
        """Let a worker carry out what waits, one after the other."""
        for _ in range(99):
            with self.store.read() as unit:
                where = RunFilter(job="a-job", state=State.SCHEDULED)
                found = unit.runs.find(where, limit=1, after=None)
                found = found or unit.runs.unfinished("a-job")
            if not found:
                return
            claim = entries.try_claim(self.store, found[0].id)
            if claim is None:
                self.store.write(lambda u: u.runs.release_next("a-job", backfill=None))
                continue
            self.clock.advance(takes)
            entries.finish(self.store, claim, state, error="no such place")

    def until(self, at: datetime) -> None:
        """Let time pass while nothing looks or plans."""
        self.clock.advance(at - self.clock.now())

    def quarters(self, count: int, state: State = State.SUCCEEDED) -> None:
        """Let the next quarters be carried out, with looks between them."""
        for _ in range(count):
            with self.store.read() as unit:
                due = unit.jobs.get("a-job").next_due_at
            assert due is not None
            self.until(due)
            self.plan()
            self.work(state)
            self.look(4)

    def look(self, times: int = 2) -> dict[str, Flip]:
        """Look so often; return the newest alert of each kind about jobs."""
        for _ in range(times):
            self.clock.advance(STEP)
            self.watch.look(self.clock.now())
        return {flip.kind.value: flip for flip in self.alerts()}

    def alerts(self) -> list[Flip]:
        """Return all alerts about jobs, the first raised first."""
        with self.store.read() as unit:
            found = unit.flips.find(FlipFilter(), limit=99, after=None)[::-1]
        return [flip for flip in found if flip.subject.startswith("job:")]


@pytest.fixture
def scene(store: SqlStore, clock: FakeClock) -> Scene:
    """Give an instance in which one job is due at ten."""
    return Scene(store, clock)


def test_a_job_that_keeps_its_schedule_raises_nothing(scene: Scene) -> None:
    """Whatever is looked at."""
    scene.quarters(8)

    assert [] == scene.alerts()


def test_a_downtime_is_told_with_what_was_missed_and_made_up_for(scene: Scene) -> None:
    """One alert a job, also when all was made up for before anybody looked."""
    scene.until(TEN + 50 * MINUTE)
    scene.plan()
    scene.work()
    (flip,) = scene.look().values()

    assert ("job_missed", "job:a-job", True) == (flip.kind, flip.subject, flip.is_open)
    told = "a-job missed 4 runs, 10:00 to 10:45 (Europe/Paris), caught up 3"
    assert f"{told}." == flip.message
    assert TEN == flip.began_at
    assert {"count": 4, "caught_up": 3} == {
        name: flip.detail["missed"][name] for name in ("count", "caught_up")
    }

    scene.quarters(2)
    (flip,) = scene.alerts()
    said = f"a-job runs again: it {told.removeprefix('a-job ')}; the alert held for"
    assert (flip.cleared_message or "").startswith(said)
    assert "min." in (flip.cleared_message or "")


@pytest.mark.parametrize(("interval", "kinds"), [(1, []), (30, ["job_missed"])])
def test_a_judge_that_looks_seldom_tells_what_is_over(
    scene: Scene, interval: int, kinds: list[str]
) -> None:
    """One that looks each minute has told it before."""
    every = interval * MINUTE
    heartbeats = MemoryHeartbeats(scene.clock)
    scene.watch = PartsWatch(scene.store, MemoryQueues(), heartbeats, interval=every)
    for minutes in (50, 60):
        scene.until(TEN + minutes * MINUTE)
        scene.plan()
        scene.work()
    scene.until(TEN + 62 * MINUTE)

    assert kinds == [flip.kind for flip in scene.look().values()]


def test_what_no_beat_plans_is_missed(scene: Scene) -> None:
    """Though there is no entry of it; it goes on counting until the end."""
    scene.until(TEN + 50 * MINUTE)
    (flip,) = scene.look().values()
    assert "a-job missed 4 runs, 10:00 to 10:45 (Europe/Paris)." == flip.message

    scene.until(TEN + 65 * MINUTE)
    scene.plan()
    scene.work()
    scene.quarters(2)
    (flip,) = scene.alerts()

    assert "it missed 5 runs, 10:00 to 11:00 (Europe/Paris), caught up 3; " in (
        flip.cleared_message or ""
    )


def test_a_run_that_nobody_starts_is_late(scene: Scene) -> None:
    """By its margin, which the rule has; it ends when a worker takes it."""
    scene.until(TEN)
    scene.plan()
    scene.until(TEN + 4 * MINUTE)
    assert {} == scene.look()
    scene.until(TEN + 5 * MINUTE)
    (flip,) = scene.look().values()
    assert ("job_late", TEN + 5 * MINUTE) == (flip.kind, flip.began_at)
    assert "has not started its run of 10:00 (Europe/Paris)" in flip.message

    scene.work()
    (flip,) = scene.look().values()
    assert (flip.cleared_message or "").startswith("No run of a-job waits")


def test_an_end_says_what_did_not_run_meanwhile(scene: Scene) -> None:
    """By the clocks of the job."""
    with scene.store.read() as unit:
        job = unit.jobs.get("a-job")
    changed = replace(job, overlap=Overlap.SKIP)
    scene.store.write(lambda unit: unit.jobs.save(changed))
    for quarter in range(4):
        scene.until(TEN + quarter * 15 * MINUTE)
        scene.plan()
        scene.look(20)
    scene.work()
    (flip,) = scene.look().values()

    told = "; meanwhile 3 runs were skipped, 10:15 to 10:45 (Europe/Paris)."
    assert (flip.cleared_message or "").endswith(told)


def test_a_run_that_takes_much_longer_than_usual_is_told(scene: Scene) -> None:
    """While it runs; one that is quick again ends it."""
    scene.quarters(6)
    scene.until(TEN + 90 * MINUTE)
    scene.plan()
    (run,) = entries.runs_of(scene.store, "a-job")[-1:]
    claim = entries.claim(scene.store, run.id, lease=60 * MINUTE)
    scene.clock.advance(90 * timedelta(seconds=1))
    assert {} == scene.look(1)
    (flip,) = scene.look(4).values()
    assert ("job_too_long", True) == (flip.kind, flip.is_open)
    assert "on average one takes 20 s, and more than 2 min is too long" in flip.message

    entries.finish(scene.store, claim)
    scene.quarters(1)
    assert not scene.alerts()[0].is_open


def test_a_run_near_its_time_limit_is_too_long(scene: Scene) -> None:
    """Where nothing is known of how long it usually takes."""
    scene.until(TEN)
    scene.plan()
    scene.work(takes=241 * timedelta(seconds=1))
    (flip,) = scene.look(4).values()

    assert "a-job took 4 min: " in flip.message


def test_runs_by_hand_beyond_the_schedule_are_too_often(scene: Scene) -> None:
    """Some are nobody's business; it is over when they are an hour old."""
    scene.quarters(1)
    for number in range(10):
        entries.end(
            scene.store, 0, State.SUCCEEDED, origin=f"manual:{number}",
            scheduled_for=scene.clock.now(),
        )  # fmt: skip
    assert {} == scene.look()
    entries.end(
        scene.store, 0, State.SUCCEEDED, origin="manual:x",
        scheduled_for=scene.clock.now(),
    )  # fmt: skip
    (flip,) = scene.look().values()
    told = "was run 11 times by hand in the last hour, beside the 4 runs"
    assert told in flip.message

    scene.quarters(5)
    assert not scene.alerts()[0].is_open


def test_a_job_that_fails_in_a_row_is_told_with_the_error(scene: Scene) -> None:
    """From the third time on; one success ends it."""
    scene.quarters(1)
    scene.quarters(2, State.FAILED)
    assert [] == scene.alerts()
    scene.quarters(1, State.FAILED)
    (flip,) = scene.alerts()
    said = "a-job failed 3 times in a row; last error: no such place."
    assert ("job_failing", said) == (flip.kind, flip.message)

    scene.quarters(1)
    assert not scene.alerts()[0].is_open


def test_a_job_that_never_succeeded_is_one_alert(scene: Scene) -> None:
    """Not two: that it fails in a row is no news then."""
    scene.quarters(12, State.FAILED)
    (flip,) = scene.alerts()
    assert "job_never_succeeded" == flip.kind
    assert "never succeeded in 3 runs; last error: no such place" in flip.message

    scene.quarters(1)
    assert "a-job has succeeded" in (scene.alerts()[0].cleared_message or "")


def test_a_failure_rate_above_its_limit_is_told(scene: Scene) -> None:
    """The mission's fourth condition: a tenth by default, of at least ten runs."""
    scene.quarters(7)
    for state in (State.FAILED, State.SUCCEEDED, State.FAILED):
        scene.quarters(1, state)
    (flip,) = scene.alerts()

    assert "job_failure_rate" == flip.kind
    assert "a-job: 2 of 10 runs (20 %) of the last 24 h failed." == flip.message


def test_a_rule_that_people_changed_is_obeyed(scene: Scene) -> None:
    """As those of all other alerts."""
    changes: dict[str, Any] = {"threshold": 600.0, "open_after": 3}
    change_rule(scene.store, "job_late", changes, by="cli:anne", defaults=DEFAULTS)
    scene.until(TEN)
    scene.plan()
    scene.until(TEN + 9 * MINUTE)
    assert {} == scene.look()
    scene.until(TEN + 10 * MINUTE)
    assert {} == scene.look()

    assert ["job_late"] == list(scene.look(1))


def test_a_job_that_is_off_raises_nothing_and_ends_its_alerts(scene: Scene) -> None:
    """And what passed meanwhile was not missed."""
    scene.until(TEN + 50 * MINUTE)
    scene.look()
    pause_job(scene.store, "a-job", note="on purpose", by="cli:anne")
    (flip,) = scene.look().values()
    assert "a-job is not watched any more." == flip.cleared_message

    scene.until(TEN + 120 * MINUTE)
    assert 1 == len(scene.look())
    resume_job(scene.store, "a-job", by="cli:anne")
    scene.look()
    assert 1 == len(scene.alerts())


def test_the_same_stretch_is_told_once(scene: Scene) -> None:
    """By however many beats, and after a restart of one."""
    scene.until(TEN + 50 * MINUTE)
    scene.look()
    scene.watch = PartsWatch(scene.store, MemoryQueues(), MemoryHeartbeats(scene.clock))
    scene.look(5)

    assert 1 == len(scene.alerts())


def test_a_schedule_that_cannot_be_read_harms_no_other(scene: Scene) -> None:
    """Beat switches it off; until then nobody knows what it missed."""
    odd = entries.job("odd", schedule="every blue moon", cursor=TEN, next_due_at=TEN)
    scene.add(odd)
    scene.until(TEN + 50 * MINUTE)

    assert ["job_missed"] == list(scene.look())


def count_statements(scene: Scene) -> int:
    """Return how many statements one look at all jobs takes."""
    count = [0]

    def note(*_: object) -> None:
        count[0] += 1

    engine = scene.store._reading()
    event.listen(engine, "before_cursor_execute", note)
    with scene.store.read() as unit:
        found = list(look_at_jobs(unit, DEFAULTS))
    event.remove(engine, "before_cursor_execute", note)
    assert len(found) == sum(name.startswith("job") for name in [f.kind for f in found])
    return count[0]


def test_many_jobs_take_as_many_statements_as_one(scene: Scene) -> None:
    """Also when all of them are in trouble."""
    scene.until(TEN + 50 * MINUTE)
    few = count_statements(scene)
    assert few > 0
    for number in range(40):
        name = f"job-{number}"
        scene.add(replace(QUARTERLY, name=name))
        entries.end(scene.store, number, State.FAILED, of=name)

    assert few == count_statements(scene)
