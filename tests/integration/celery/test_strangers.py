"""What real workers do with messages that are not ours, and with ours again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airq_cron.config import Secret
from airq_cron.domain.run import Outcome, State
from airq_cron.sealing import new_key
from airq_cron.system import System, build
from tests.conftest import WaitUntil
from tests.integration.celery.ledger import Ledger, Workers
from tests.integration.celery.planted import (
    Stranger,
    changed,
    plain,
    refilled,
    rubbish,
)

KEY = new_key()


@pytest.fixture
def worker_names() -> tuple[str, ...]:
    """Give one: nothing here needs another."""
    return ("first",)


@pytest.fixture(params=["plain", "sealed"])
def sealing(request: pytest.FixtureRequest) -> bool:
    """Say whether messages are sealed; a class may choose one."""
    return bool(request.param == "sealed")


@pytest.fixture
def system(system: System, sealing: bool) -> System:
    """Give the system with or without a key."""
    key = Secret(KEY) if sealing else None
    return build(replace(system.settings, message_keys=key))


@pytest.fixture
def stranger(system: System) -> Stranger:
    """Give somebody else with access to Redis."""
    return Stranger(system)


def counted(system: System, outcome: str) -> int:
    """Return how many messages ended so, whatever queue they claim to be of."""
    return sum(one.counts.get(outcome, 0) for one in system.counters.totals().values())


class Grounds:
    """A run that waits in the ledger, its message overheard and taken away."""

    @pytest.fixture
    def message(self, ledger: Ledger, stranger: Stranger) -> dict[str, Any]:
        """Give the message; made before there is a worker."""
        run_id = ledger.begin()
        message = stranger.overhear(ledger.run(run_id))
        ledger.flush_broker()
        return message


class TestStrangers(Grounds):
    """Forged messages of every kind, plain and sealed."""

    def test_rubbish_is_refused_and_the_workers_go_on(
        self,
        message: dict[str, Any],
        stranger: Stranger,
        workers: Workers,
        ledger: Ledger,
        tmp_path: Path,
        wait_until: WaitUntil,
    ) -> None:
        """Counted one by one, nothing executed; the run behind them is done."""
        run_id = message["headers"]["id"]
        trap = tmp_path / "trap"
        texts = list(rubbish(message, trap))
        pids = [node.box.pid for node in workers.nodes]

        stranger.plant(*texts)

        wait_until(
            lambda: counted(ledger.system, "refused") >= len(texts), "all are refused"
        )
        assert len(texts) == counted(ledger.system, "refused")
        assert not trap.exists()
        assert ledger.is_in(run_id, State.QUEUED)
        assert 0 == stranger.waiting()
        wait_until(lambda: ledger.ends(run_id), "it is sent again", timeout_s=30)
        assert [Outcome.SUCCEEDED] == ledger.outcomes(run_id)
        assert ["running"] == [node.status for node in workers.nodes]
        assert pids == [node.box.pid for node in workers.nodes]

    def test_a_replayed_message_does_what_is_due_and_no_more(
        self,
        message: dict[str, Any],
        stranger: Stranger,
        workers: Workers,
        ledger: Ledger,
        wait_until: WaitUntil,
    ) -> None:
        """The first copy claims the run, which is due anyway; the rest are dropped."""
        run_id = message["headers"]["id"]

        stranger.plant(*[json.dumps(message)] * 20)

        wait_until(lambda: ledger.has_ended(run_id), "it has ended")
        wait_until(lambda: workers.drops(run_id) == 19, "the others are dropped")
        wait_until(lambda: counted(ledger.system, "dropped") == 19, "and counted")
        stranger.plant(json.dumps(message))
        wait_until(lambda: counted(ledger.system, "dropped") == 20, "the late one too")
        assert [Outcome.SUCCEEDED] == ledger.outcomes(run_id)
        assert 0 == counted(ledger.system, "refused")


@pytest.mark.parametrize("sealing", ["plain"], indirect=True)
class TestPlain(Grounds):
    """What the ledger bounds without a seal."""

    def test_another_task_over_a_run_is_dropped(
        self,
        message: dict[str, Any],
        stranger: Stranger,
        workers: Workers,
        ledger: Ledger,
        wait_until: WaitUntil,
    ) -> None:
        """Counted; the run is neither done as that nor charged with an attempt."""
        run_id = message["headers"]["id"]

        stranger.plant(changed(message, task="airq.cleanup"))

        wait_until(lambda: counted(ledger.system, "dropped") == 1, "it is dropped")
        assert 1 == workers.drops(run_id)
        assert ledger.is_in(run_id, State.QUEUED)
        assert [] == ledger.outcomes(run_id)
        stranger.plant(changed(message))
        wait_until(lambda: ledger.has_ended(run_id), "its own task does it")
        assert [Outcome.SUCCEEDED] == ledger.outcomes(run_id)


@pytest.mark.parametrize("sealing", ["sealed"], indirect=True)
class TestSealed(Grounds):
    """What only a seal refuses."""

    def test_a_plain_message_is_refused(
        self,
        message: dict[str, Any],
        stranger: Stranger,
        workers: Workers,
        ledger: Ledger,
        wait_until: WaitUntil,
    ) -> None:
        """Though it is right in every other way; the log does not repeat it."""
        run_id = message["headers"]["id"]

        stranger.plant(refilled(message, plain(run_id), "application/json"))

        wait_until(lambda: counted(ledger.system, "refused") == 1, "it is refused")
        assert ledger.is_in(run_id, State.QUEUED)
        logs = b"".join(node.box.logs() for node in workers.nodes)
        assert b"message_refused" in logs
        assert run_id.encode() not in logs

    def test_a_sealed_body_is_bound_to_its_head(
        self,
        message: dict[str, Any],
        stranger: Stranger,
        workers: Workers,
        ledger: Ledger,
        wait_until: WaitUntil,
    ) -> None:
        """Another task, or other limits, over a body that was overheard."""
        del workers
        stranger.plant(
            changed(message, task="airq.cleanup"),
            changed(message, timelimit=[1, 1]),
        )

        wait_until(lambda: counted(ledger.system, "refused") == 2, "both are refused")
        assert ledger.is_in(message["headers"]["id"], State.QUEUED)

    def test_a_body_in_redis_tells_nothing(self, message: dict[str, Any]) -> None:
        """It is a token, and no JSON."""
        assert "application/x-airq-sealed" == message["content-type"]
