"""What a worker's main process does when it hears how a task ended."""

import importlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from billiard.einfo import ExceptionInfo
from celery.exceptions import TimeLimitExceeded, WorkerLostError
from kombu import Message

from airq_cron.ports import Counters, Heartbeat
from airq_cron.system import System
from airq_cron.testing import MemoryCounters
from tests import entries
from workers.children import ActiveRun

RUN = ActiveRun("a-run", 7)
MakeRequest = Callable[[], Any]


@pytest.fixture
def answers() -> list[str]:
    """Give what the broker is told of the message."""
    return []


@pytest.fixture
def make_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answers: list[str]
) -> Iterator[MakeRequest]:
    """Give a function that returns the request of a run that child 7 has."""
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setenv("AIRQ_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("AIRQ_VAR_DIR", str(tmp_path))
    app = importlib.import_module("workers.app").app
    importlib.import_module("workers.health")

    def make() -> Any:
        body: Any = ((RUN.run_id,), {}, {})
        message = Message(
            body=body,
            content_type="application/json",
            headers={"id": RUN.run_id, "task": "airq.health"},
        )
        request = importlib.import_module("workers.requests").RunRequest(
            message,
            app=app,
            decoded=True,
            on_ack=lambda *_: answers.append("acknowledged"),
            on_reject=lambda *_: answers.append("rejected"),
        )
        request.worker_pid = RUN.pid
        request._delivery_info = request.delivery_info | {"routing_key": "monitoring"}
        return request

    yield make
    root.setLevel(level)


class Notes:
    """A lease keeper that only listens."""

    def __init__(self, system: System, monkeypatch: pytest.MonkeyPatch) -> None:
        leases = importlib.import_module("workers.leases")
        worker = Heartbeat(entries.WORKER, "worker", entries.DAWN)
        self.keeper = leases.LeaseKeeper(system, worker, list)
        monkeypatch.setattr(leases.Keeper, "current", self.keeper)

    @property
    def limits(self) -> list[float | None]:
        """Return the time limits of the deaths that were noted."""
        return [death.limit_s for death in self.keeper._deaths]


@pytest.fixture
def notes(system: System, monkeypatch: pytest.MonkeyPatch) -> Notes:
    """Give what the lease keeper hears."""
    return Notes(system, monkeypatch)


def failure(error: BaseException) -> ExceptionInfo:
    """Return *error* as Celery hands it on."""
    try:
        raise error
    except BaseException:  # noqa: BLE001 - Celery hands on whatever there is
        return ExceptionInfo()


@pytest.mark.parametrize(
    ("error", "limits", "told"),
    [
        (WorkerLostError("signal 9"), [None], ["rejected"]),
        (TimeLimitExceeded(300.0), [300.0], ["acknowledged"]),
        (RuntimeError("the database is away"), [None], ["acknowledged"]),
    ],
)
def test_the_keeper_hears_of_an_attempt_without_an_end(
    make_request: MakeRequest,
    notes: Notes,
    answers: list[str],
    error: Exception,
    limits: list[float | None],
    told: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A dead child's message goes back; what was ended is not delivered again."""
    with caplog.at_level(logging.CRITICAL):
        make_request().on_failure(failure(error))

    assert limits == notes.limits
    assert told == answers


def test_a_child_that_was_ended_on_purpose_is_no_failure(
    make_request: MakeRequest,
    notes: Notes,
    answers: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its message is done with, and nothing is noted or logged."""
    notes.keeper._ended.add(RUN)

    make_request().on_failure(failure(WorkerLostError("signal 9")))

    assert [] == notes.limits
    assert ["acknowledged"] == answers
    assert [] == caplog.messages


def test_a_message_that_no_child_took_is_nobodys_death(
    make_request: MakeRequest, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing can have claimed its run."""
    request = make_request()
    request.worker_pid = None

    with caplog.at_level(logging.CRITICAL):
        request.on_failure(failure(WorkerLostError("signal 9")))

    assert [] == notes.limits


@pytest.fixture
def counters(
    make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> MemoryCounters:
    """Give where the worker's counts land once they are flushed."""
    counting = importlib.import_module("workers.counting")
    kept = MemoryCounters()
    gatherer = counting.Gatherer(kept, ["monitoring"])
    monkeypatch.setattr(counting.Gatherer, "current", gatherer)
    return kept


def flushed(counters: Counters) -> dict[str, int]:
    """Return what the worker counted, after it has written it."""
    counting = importlib.import_module("workers.counting")
    counting.Gatherer.current.flush(entries.DAWN)
    return dict(counters.totals()["monitoring"].counts)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (WorkerLostError("signal 9"), "crashed"),
        (TimeLimitExceeded(300.0), "time_limit"),
    ],
)
def test_an_attempt_without_an_end_is_counted_once(
    make_request: MakeRequest,
    counters: MemoryCounters,
    notes: Notes,
    error: Exception,
    outcome: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Celery tells of some ends twice."""
    request = make_request()
    with caplog.at_level(logging.CRITICAL):
        request.on_failure(failure(error))
        request.on_failure(failure(error))

    assert {outcome: 1} == flushed(counters)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("'succeeded'", "succeeded"), ("'waiting'", "waiting"), ("None", "dropped")],
)
def test_an_end_is_counted_in_the_class_that_celery_derives(
    make_request: MakeRequest, counters: MemoryCounters, answer: str, outcome: str
) -> None:
    """It has an `on_success` of its own, so a plain override would never be called."""
    request = make_request()
    ended: list[Any] = []

    class Derived(type(request)):  # type: ignore[misc]
        def on_success(self, result: Any, **_: Any) -> None:
            ended.append(result)

    request.__class__ = Derived
    request.time_start = entries.DAWN.timestamp()
    request.on_success((False, answer, 0.25))

    assert {outcome: 1} == flushed(counters)
    assert 0.25 == counters.totals()["monitoring"].handling_sum_s
    assert [(False, answer, 0.25)] == ended
