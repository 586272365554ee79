"""What scores, bottlenecks and advice say of situations that real processes are in."""

from dataclasses import replace

import pytest

from airq_cron.domain.job import Priority
from airq_cron.domain.recommendation import Action
from airq_cron.domain.retry import RetryRule
from airq_cron.sandbox import Fault, SandboxServer
from airq_cron.services.read_queue_health import QueueHealth
from airq_cron.system import System
from tests.conftest import WaitUntil
from tests.integration.celery.ledger import FETCH, Ledger, Workers, slow_down, spoil
from tests.integration.nodes import BeatProcess

QUEUE = "data-fetch"
LONG_S = 60.0
PLACES = 12


@pytest.fixture
def worker_names() -> tuple[str, ...]:
    """Give one: nothing here needs another."""
    return ("first",)


def look(system: System) -> QueueHealth:
    """Return how the queue does now."""
    return system.health_desk.one(QUEUE)


def kinds(system: System) -> dict[str, str]:
    """Return what holds the queue up, and how badly."""
    return {one.kind.value: one.severity.value for one in look(system).bottlenecks}


def beyond_capacity(system: System) -> QueueHealth | None:
    """Return a look that sees the backlog and how many processes it needs."""
    found = look(system)
    known = found.capacity is not None and found.capacity.workers_needed
    held_up = "queue_backlog" in {one.kind.value for one in found.bottlenecks}
    return found if known and held_up else None


def actions(system: System) -> list[Action]:
    """Return what would help."""
    return [one.action for one in system.adviser.advise(QUEUE).items]


class TestFailing:
    """A job whose runs all fail; the breaker would soon let nobody try."""

    @pytest.fixture
    def system(self, system: System) -> System:
        """Give the same system with a breaker that does not open."""
        patient = replace(system.settings, breaker_threshold=1000)
        return replace(system, settings=patient)

    def test_a_failing_job(
        self,
        ledger: Ledger,
        workers: Workers,
        upstream: SandboxServer,
        wait_until: WaitUntil,
    ) -> None:
        """It is named, with its last error, and is to be paused."""
        del workers
        system = ledger.system
        spoil(upstream, Fault("503"))
        ledger.begin_many(replace(FETCH, name="bad", retry=RetryRule(attempts=1)), 40)
        wait_until(
            lambda: kinds(system).get("high_failure_rate") == "critical",
            "thirty have failed",
            timeout_s=LONG_S,
        )
        (advice,) = system.adviser.advise(QUEUE).items

        assert advice.action is Action.PAUSE_JOB
        assert advice.request is not None
        assert advice.request.path == "/cron/jobs/bad/pause"
        assert "503" in str(advice.evidence["last_error"])


class TestStarving:
    """A message of low priority behind others that go on coming."""

    @pytest.fixture
    def system(self, system: System) -> System:
        """Give the same system; a wait of two seconds is too long in it."""
        low = replace(system.settings, queue_waiting=1000, queue_wait_ms=2000)
        return replace(system, settings=low)

    def test_a_starved_low_priority(
        self,
        ledger: Ledger,
        workers: Workers,
        upstream: SandboxServer,
        wait_until: WaitUntil,
    ) -> None:
        """It came first and is not taken; its job is named, to be raised."""
        del workers
        system = ledger.system
        slow_down(upstream, seconds=2.0)
        ledger.begin_many(FETCH, 8)
        patient = replace(FETCH, name="patient", priority=Priority.LOW)
        ledger.begin(patient, key="patient")
        ledger.begin_many(replace(FETCH, name="hasty"), 20)
        wait_until(
            lambda: Action.RAISE_PRIORITY in actions(system),
            "it starves",
            timeout_s=LONG_S,
        )
        found = system.adviser.advise(QUEUE).items
        (advice,) = [one for one in found if one.action is Action.RAISE_PRIORITY]

        assert advice.request is not None
        assert advice.request.path == "/cron/jobs/patient"
        assert advice.request.body == {"priority": "normal"}


def begin_apart(ledger: Ledger, count: int) -> None:
    """Begin runs of a place each: one that was just fetched is not asked for."""
    everywhere = ledger.everywhere(count)
    for number in range(count):
        one = {"location": f"place-{number}"}
        ledger.begin(replace(everywhere, name=f"fetch-{number}", params=one))


class TestLowLimits:
    """Limits that a test reaches in seconds."""

    @pytest.fixture
    def system(self, system: System) -> System:
        """Give the same system with limits of its own."""
        low = replace(
            system.settings,
            queue_waiting=5,
            queue_processing_ms=300,
            queue_wait_ms=2000,
        )
        return replace(system, settings=low)

    def test_a_backlog_that_grows(
        self,
        ledger: Ledger,
        workers: Workers,
        upstream: SandboxServer,
        wait_until: WaitUntil,
    ) -> None:
        """Two children cannot keep up: more are needed, and how many is told."""
        del workers
        system = ledger.system
        slow_down(upstream, seconds=4.0)
        begin_apart(ledger, 60)
        found = wait_until(
            lambda: beyond_capacity(system), "more are needed", timeout_s=LONG_S
        )

        assert found.capacity is not None
        assert found.capacity.workers == 2
        assert found.health.score is not None
        assert found.health.score < 0.8

    def test_a_slow_upstream(
        self,
        ledger: Ledger,
        workers: Workers,
        upstream: SandboxServer,
        wait_until: WaitUntil,
    ) -> None:
        """Handling is beyond its limit, and the provider is to be left alone."""
        del workers
        system = ledger.system
        slow_down(upstream, seconds=1.0)
        begin_apart(ledger, PLACES)
        wait_until(
            lambda: "slow_processing" in kinds(system), "it is slow", timeout_s=LONG_S
        )
        wait_until(
            lambda: Action.OPEN_BREAKER in actions(system),
            "the advice",
            timeout_s=LONG_S,
        )
        (advice,) = [
            one
            for one in system.adviser.advise(QUEUE).items
            if one.action is Action.OPEN_BREAKER
        ]
        assert advice.request is not None
        assert advice.request.path == "/cron/breakers/sandbox/open"

    def test_dead_workers(
        self, ledger: Ledger, workers: Workers, wait_until: WaitUntil
    ) -> None:
        """Few messages wait, and nobody is left to take them."""
        system = ledger.system
        wait_until(system.heartbeats.alive, "it is alive")
        (worker,) = workers.nodes
        worker.kill("SIGKILL")
        wait_until(
            lambda: not system.heartbeats.alive(), "it is missed", timeout_s=LONG_S
        )
        ledger.begin()

        assert kinds(system)["queue_backlog"] in {"high", "critical"}
        assert [Action.START_WORKER] == actions(system)


def test_an_idle_night(
    ledger: Ledger, workers: Workers, beat: BeatProcess, wait_until: WaitUntil
) -> None:
    """Somebody watches, nothing happens: healthy, and nothing is needed.

    The score may lack a little: what beat plans at its start waits on a busy machine.
    """
    del workers, beat
    system = ledger.system
    wait_until(
        lambda: look(system).health.score is not None, "a score", timeout_s=LONG_S
    )
    found = look(system)

    assert found.health.score == pytest.approx(1.0, abs=0.1)
    assert found.bottlenecks == ()
    assert system.adviser.advise(QUEUE).items == ()
