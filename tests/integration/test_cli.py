"""Commands that need a broker: they publish, and others do the work."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from airq_cron.cli.main import main
from airq_cron.clock import SystemClock
from airq_cron.config import Secret, load
from airq_cron.domain.job import Queue
from airq_cron.domain.run import State
from airq_cron.errors import InvalidError
from airq_cron.ports import Heartbeat, RunFilter
from airq_cron.services.execute import Body, Ending, execute_run
from airq_cron.system import System, build

MINUTE = timedelta(minutes=1)
SOME_DAYS = "--from 2026-01-05 --to 2026-01-07"

Airq = Callable[..., Result]


@pytest.fixture
def system(tmp_path: Path, redis_url: str) -> System:
    """Give the system that the commands of the test work on."""
    settings = load(
        {}, var_dir=tmp_path, redis_url=Secret(redis_url), provider="open-meteo"
    )
    return build(settings)


@pytest.fixture
def airq(system: System, redis_url: str) -> Airq:
    """Give a function that types `airq` with some words."""
    environment = {
        "AIRQ_VAR_DIR": str(system.settings.var_dir),
        "AIRQ_REDIS_URL": redis_url,
        "AIRQ_PROVIDER": "open-meteo",
    }

    def call(line: str) -> Result:
        return CliRunner().invoke(main, line.split(), env=environment)

    assert 0 == call("db upgrade").exit_code
    return call


@pytest.fixture
def crew(system: System) -> Iterator[Callable[[Body], None]]:
    """Give a function that lets somebody execute what is queued."""
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def work(body: Body) -> None:
        while not ended.wait(0.02):
            with system.store.read() as unit:
                found = unit.runs.find(
                    RunFilter(state=State.QUEUED), limit=10, after=None
                )
            for run in found:
                execute_run(
                    system.store,
                    system.dispatcher,
                    run.id,
                    owner="crew:1",
                    body=body,
                    chance=lambda: 0.0,
                )

    def start(body: Body) -> None:
        threads.append(threading.Thread(target=work, args=(body,), daemon=True))
        threads[-1].start()

    yield start
    ended.set()
    for thread in threads:
        thread.join()
    system.store.dispose()


def succeed(_claim: Any) -> Ending:
    """Do nothing, well."""
    return Ending(lambda _: {"done": 1})


def fail(_claim: Any) -> Ending:
    """Raise an error that stays."""
    raise InvalidError("air", "is thick")


def waiting(system: System) -> dict[str, int]:
    now = SystemClock().now()
    return {state.name: state.waiting for state in system.queues.states(now)}


def test_a_run_by_hand_is_entered_and_published(airq: Airq, system: System) -> None:
    """Its id is told, and what shows how it goes."""
    result = airq("jobs run health-check")

    assert 0 == result.exit_code
    run_id = result.stdout.split()[1]
    assert f"airq runs show {run_id}" in result.stdout
    assert 1 == waiting(system)["monitoring"]
    shown = json.loads(airq(f"runs show {run_id} --json").stdout)
    assert ("queued", "health-check") == (shown["state"], shown["job"])
    assert shown["origin"].startswith("manual:")


def test_the_same_key_gives_the_same_run(airq: Airq, system: System) -> None:
    """A script may be repeated."""
    found = [
        json.loads(airq("jobs run health-check --key night --json").stdout)["id"]
        for _ in range(2)
    ]

    assert 1 == len(set(found))


def test_a_second_run_beside_an_unfinished_one_is_refused(airq: Airq) -> None:
    """Exit code 4, with the run that stands in the way."""
    first = json.loads(airq("jobs run health-check --json").stdout)["id"]

    result = airq("jobs run health-check")

    assert (4, "") == (result.exit_code, result.stdout)
    assert f"airq runs show {first}" in result.stderr


def test_a_call_may_name_another_policy(airq: Airq) -> None:
    """For this run alone."""
    first = json.loads(airq("jobs run health-check --json").stdout)["id"]

    result = json.loads(airq("jobs run health-check --overlap replace --json").stdout)

    assert "queued" == result["state"]
    assert "cancelled" == json.loads(airq(f"runs show {first} --json").stdout)["state"]


def test_waiting_ends_with_the_run(airq: Airq, crew: Callable[[Body], None]) -> None:
    """Exit code 0 for success."""
    crew(succeed)

    result = airq("jobs run health-check --wait")

    assert 0 == result.exit_code
    assert result.stdout.endswith("of health-check is succeeded.\n")


def test_waiting_for_a_run_that_fails_is_exit_code_1(
    airq: Airq, crew: Callable[[Body], None]
) -> None:
    """With the reason."""
    crew(fail)

    result = airq("jobs run health-check --wait")

    assert 1 == result.exit_code
    assert "is failed: InvalidError: air: is thick" in result.stdout


def test_a_backfill_enters_its_runs_and_goes(airq: Airq, system: System) -> None:
    """The workers do them later; it says how to watch them."""
    result = airq(f"backfill daily-statistics {SOME_DAYS}")

    assert 0 == result.exit_code
    first, second, third = result.stdout.splitlines()
    assert first.endswith("of daily-statistics: 3 runs.")
    assert "airq backfills show" in second
    origin = third.rpartition(" ")[2]
    listed = json.loads(airq(f"runs list --origin {origin} --json").stdout)["items"]
    assert ["waiting", "waiting", "queued"] == [run["state"] for run in listed]
    assert 1 == waiting(system)["analytics"]


def test_a_backfill_waits_for_its_last_run(
    airq: Airq, crew: Callable[[Body], None]
) -> None:
    """And prints the counts by state."""
    crew(succeed)

    result = airq(f"backfill daily-statistics {SOME_DAYS} --wait")

    assert 0 == result.exit_code
    assert "  succeeded: 3\n" in result.stdout


def test_a_backfill_with_a_failed_run_is_exit_code_1(
    airq: Airq, crew: Callable[[Body], None]
) -> None:
    """The others are done all the same."""
    crew(fail)

    result = airq(f"backfill daily-statistics {SOME_DAYS} --wait --json")

    assert 1 == result.exit_code
    found = json.loads(result.stdout)
    assert ("daily-statistics", 3, {"failed": 3}) == (
        found["job"], found["total"], found["states"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "code", "phrase"),
    [
        (f"backfill nope {SOME_DAYS}", 3, "airq jobs list"),
        ("backfill health-check --from 2026-01-07 --to 2026-01-05", 2, "before from"),
        ("backfill health-check --from 2098-01-01 --to 2098-01-02", 2, "no fire time"),
        ("backfill health-check --from 0001-01-01 --to 0001-01-02", 2, "from: not in"),
        ("backfill health-check --from 2026-01-05 --to 9999-12-31", 2, "to: not in"),
        ("backfill health-check --from 1970-01-01 --to 2025-01-01", 2, "more than"),
        ("backfill health-check --from yesterday --to 2026-01-05", 2, "--from"),
        ("backfill health-check --from 2026-01-05", 2, "--to"),
    ],
)
def test_a_backfill_that_cannot_be_is_refused(
    line: str, code: int, phrase: str, airq: Airq, system: System
) -> None:
    """Before anything is entered."""
    result = airq(line)

    assert code == result.exit_code, result.output
    assert phrase in result.stderr
    assert [] == json.loads(airq("runs list --json").stdout)["items"]


def test_the_status_of_a_whole_instance_is_not_down(airq: Airq, system: System) -> None:
    """With a beat, and a worker for every queue."""
    now = system.clock.now()
    everything = {"queues": [queue.value for queue in Queue]}
    system.heartbeats.beat(Heartbeat("beat-1", "beat", now), MINUTE)
    system.heartbeats.beat(Heartbeat("worker-1", "worker", now, everything), MINUTE)

    result = airq("status")
    found = json.loads(airq("status --json").stdout)

    assert 0 == result.exit_code
    assert "degraded" == found["state"]
    assert ["location paris has no data yet"] == found["reasons"]
    assert {"beat-1", "worker-1"} == {one["name"] for one in found["processes"]}
    assert {0} == {queue["waiting"] for queue in found["queues"]}


def test_a_dead_instance_is_down(airq: Airq) -> None:
    """Exit code 1, and each thing that lacks has something to do."""
    result = airq("status")

    assert 1 == result.exit_code
    for phrase in ("no worker is alive", "no beat is alive", "airq up"):
        assert phrase in result.stdout


def test_a_broker_out_of_reach_is_a_problem_not_a_traceback(
    airq: Airq, system: System
) -> None:
    """The rest is shown all the same, and no password."""
    environment = {
        "AIRQ_VAR_DIR": str(system.settings.var_dir),
        "AIRQ_REDIS_URL": "redis://:s3cret@127.0.0.1:1/0",
    }

    result = CliRunner().invoke(main, ["status"], env=environment)

    assert 1 == result.exit_code
    assert "cannot reach redis://:***@127.0.0.1:1/0" in result.stdout
    assert "fetch-paris-data" in result.stdout
    assert "s3cret" not in result.output
