"""`airq queues`: tables for people, and the documents of the API."""

from datetime import timedelta
from typing import Any

import pytest

from airq_cron.cli.queue_documents import (
    advice_document,
    bottlenecks_document,
    queues_document,
    trend_document,
)
from airq_cron.cli.queues import sparkline
from airq_cron.domain.job import Queue
from airq_cron.domain.page import Page
from airq_cron.domain.trend import Snapshot
from airq_cron.ports import Batch, QueueState
from airq_cron.system import System
from airq_cron.testing import MemoryQueues
from api.bottleneck_schema import AdviceSchema, BottleneckPageSchema
from api.queue_health_schema import QueuesHealthSchema
from api.trend_schema import TrendSchema
from tests.unit.cli.conftest import Person

QUEUE = "data-fetch"
MINUTE = timedelta(minutes=1)
COMMANDS = {
    "list": ("data-fetch", "critical: queue_backlog", "high"),
    "show data-fetch": ("failure_rate", "workers needed", "no worker takes"),
    "bottlenecks": ("critical", "600 messages wait", "high"),
    "recommend data-fetch": ("Start a worker", "--queues data-fetch", "effect"),
    "trends data-fetch --window 12m --step 1m": ("waiting", "rising", "█", "·"),
}


@pytest.fixture
def busy(system: System, monkeypatch: pytest.MonkeyPatch) -> System:
    """Let a backlog have grown for ten minutes, without a worker."""
    now = system.clock.now()
    batch = Batch()
    for number in range(10):
        at = now - (9 - number) * MINUTE
        tally = batch.of(QUEUE, at)
        tally.counts.update(succeeded=4, failed=1)
        tally.arrivals = 60
        tally.handled(timedelta(seconds=2))
        slot = at.replace(second=0)
        system.snapshots.keep({QUEUE: Snapshot(slot, 0.9, 60 * number, None)}, MINUTE)
    system.counters.flush(batch)
    waiting = [QueueState(one.value, 600 * (one == QUEUE), None) for one in Queue]
    vars(system).update(queues=MemoryQueues(waiting))
    monkeypatch.setattr("airq_cron.cli.queues.open_system", lambda: system)
    return system


@pytest.mark.parametrize("line", COMMANDS)
def test_people_see_what_matters(person: Person, busy: System, line: str) -> None:
    """In words and figures."""
    del busy
    result = person.types(f"queues {line}")

    assert 0 == result.exit_code, result.output
    assert [] == [word for word in COMMANDS[line] if word not in result.stdout]


def test_the_documents_are_those_of_the_api(busy: System) -> None:
    """One shape for both, with the same figures."""
    health = busy.health_desk.every()
    advice = busy.adviser.advise(QUEUE)
    trend = busy.trend_desk.trend(QUEUE, busy.clock.now())
    pairs: list[tuple[Any, Any, Any]] = [
        (QueuesHealthSchema(), health, queues_document(health)),
        (
            BottleneckPageSchema(),
            Page(health.bottlenecks),
            bottlenecks_document(health.bottlenecks),
        ),
        (AdviceSchema(), advice, advice_document(advice)),
        (TrendSchema(), trend, trend_document(trend)),
    ]

    for schema, found, document in pairs:
        assert schema.dump(found) == document


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_prints_its_document(
    person: Person, busy: System, line: str
) -> None:
    """With --json and nothing else."""
    del busy
    key = {"list": "queues", "show data-fetch": "terms"}
    wanted = "points" if line.startswith("trends") else key.get(line, "items")

    assert person.reads(f"queues {line}")[wanted]


def test_wrong_calls_say_what_is_right(person: Person, busy: System) -> None:
    """Exit code 3 for a name, 2 for a bound, with the option named."""
    del busy
    unknown = person.types("queues show nothing")
    bound = person.types("queues trends data-fetch --step 1w")

    assert (3, 2) == (unknown.exit_code, bound.exit_code)
    assert "there are data-fetch" in unknown.stderr
    assert "--step: must be a length such as 15m" in bound.stderr


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([None, None], "··"),
        ([0.0, 7.0], "▁█"),
        ([0, None, 1, 2], "▁·▅█"),
        ([0.0, 0.0], "▁▁"),
        ([5.0, 5.0], "▅▅"),
    ],
)
def test_a_line_goes_from_the_least_to_the_largest(
    values: list[float | None], line: str
) -> None:
    """What nobody watched is a dot, neither a blank nor a zero."""
    assert line == sparkline(values)
