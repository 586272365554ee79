"""What benches of the API stand on: a full ledger, a past, a backlog."""

import http.client
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import redis
from sqlalchemy import insert

from airq_cron.cli.addresses import free_port
from airq_cron.clock import SystemClock
from airq_cron.config import Secret, load
from airq_cron.domain.job import BUILT_IN, Job, Queue
from airq_cron.domain.run import Outcome, State, run_id
from airq_cron.domain.trend import Snapshot
from airq_cron.ports import Batch, Heartbeat
from airq_cron.ports.broker import ENQUEUED_HEADER
from airq_cron.store.ledger_tables import attempts, runs
from airq_cron.system import System, build
from airq_cron.telemetry import keys
from tests.conftest import WaitUntil
from tests.integration.api_server import Server, install, running
from tests.integration.nodes import ValkeyProcess

CLOCK = SystemClock()
CHUNK = 5_000
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PAST = timedelta(days=90)
Row = dict[str, Any]


@contextmanager
def installation(
    directory: Path,
    valkey: ValkeyProcess,
    wait_until: WaitUntil,
    *,
    log: Path | None = None,
) -> Iterator[tuple[System, Server]]:
    """Run the API's process over an empty ledger, as if beat and workers lived."""
    settings = replace(
        load({}, var_dir=directory, provider="open-meteo"),
        port=free_port(),
        redis_url=Secret(valkey.url),
        log_format="json",
    )
    secret = install(settings)
    system = build(settings)
    be_alive(system)
    with running(settings, secret, wait_until, log=log) as server:
        yield system, server
    system.store.dispose()


def times_ms(server: Server, path: str, calls: int, **headers: str) -> list[float]:
    """Ask again and again over one connection; return how long each call took."""
    took = []
    given = {"Authorization": f"Bearer {server.secret}"} | headers
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with closing(line):
        for _ in range(calls):
            began_s = CLOCK.monotonic()
            line.request("GET", path, headers=given)
            answer = line.getresponse()
            answer.read()
            took.append((CLOCK.monotonic() - began_s) * 1000)
            assert 200 == answer.status
    return took


def fill_ledger(system: System, count: int, jobs: Sequence[Job] = BUILT_IN) -> None:
    """Enter *count* runs of *jobs* that have ended, one a minute into the past."""
    until = system.clock.now().replace(second=0, microsecond=0)
    engine = system.store._current()
    for first in range(0, count, CHUNK):
        rows = [
            _ended(jobs[number % len(jobs)], number, until - number * MINUTE)
            for number in range(first, min(first + CHUNK, count))
        ]
        with engine.connect() as connection:
            connection.execution_options(writing=True)
            with connection.begin():
                connection.execute(insert(runs), rows)
                connection.execute(insert(attempts), [_attempt(row) for row in rows])


def _ended(job: Job, number: int, at: datetime) -> Row:
    failed = number % 50 == 0
    return {
        "id": run_id(job.name, at, "schedule"),
        "job": job.name,
        "kind": job.kind,
        "queue": job.queue.value,
        "priority": job.priority.value,
        "scheduled_for": at,
        "state": State.FAILED.value if failed else State.SUCCEEDED.value,
        "origin": "schedule",
        "part": 0,
        "params": job.params,
        "attempt": 1,
        "errors": int(failed),
        "crashes": 0,
        "sends": 1,
        "created_at": at,
        "sent_at": at + timedelta(milliseconds=3),
        "queued_at": at + timedelta(milliseconds=7),
        "started_at": at + timedelta(milliseconds=20),
        "finished_at": at + timedelta(milliseconds=420),
        "deadline_at": at + timedelta(seconds=job.time_limit_s),
        "owner": "worker-data@host:4711",
        "error": "the provider did not answer in time" if failed else None,
        "result": {"outcome": "ok", "written": 6},
        "interval_start": at - 5 * MINUTE,
        "decision": "due",
        "entered_by": "beat@host",
    }


def _attempt(row: Row) -> Row:
    outcome = Outcome.FAILED if row["error"] else Outcome.SUCCEEDED
    return {
        "run_id": row["id"],
        "number": 1,
        "worker": row["owner"],
        "started_at": row["started_at"],
        "finished_at": row["finished_at"],
        "outcome": outcome.value,
        "error": row["error"],
        "time_limit_s": 300,
    }


def fill_telemetry(system: System, past: timedelta = PAST) -> None:
    """Count as if every queue had been busy: minutes for a day, hours before."""
    now, random = system.clock.now(), Random(1)
    for back in range(int(past / HOUR)):
        at = now - back * HOUR
        minutes = 60 if back < 24 else 1
        for minute in range(minutes):
            system.counters.flush(_busy(at - minute * MINUTE, random))
        system.snapshots.keep(
            {queue.value: Snapshot(at, 0.9, 3, 0.4) for queue in Queue}, PAST
        )


def _busy(at: datetime, random: Random) -> Batch:
    batch = Batch()
    for queue in Queue:
        tally = batch.of(queue.value, at)
        for _ in range(20):
            tally.arrivals += 1
            tally.counts[State.SUCCEEDED.value] += 1
            tally.took(timedelta(milliseconds=random.uniform(5, 500)))
            tally.handled(timedelta(milliseconds=random.uniform(50, 5000)))
        batch.saw(queue.value, at, 3, timedelta(milliseconds=400))
    return batch


def be_alive(system: System) -> None:
    """Let a beat and two workers be alive for a day, whoever asks."""
    now, day = system.clock.now(), timedelta(days=1)
    every = [queue.value for queue in Queue]
    detail = {"queues": every, "children": 2, "busy": 0, "host": "host"}
    for name, role in (("a@host", "worker"), ("b@host", "worker"), ("beat", "beat")):
        system.heartbeats.beat(Heartbeat(name, role, now, dict(detail)), day)


def set_waiting(system: System, client: redis.Redis, count: int) -> None:
    """Let *count* messages wait, in all queues together, and no others."""
    sent_at = system.clock.now().timestamp()
    message = json.dumps(
        {
            "body": "W1tdLCB7fSwge31d",
            "headers": {"id": "0", "task": "fetch", ENQUEUED_HEADER: sent_at},
            "properties": {"priority": 0},
        }
    )
    share = count // len(Queue)
    for queue in Queue:
        name = keys.queue_list(queue.value, 0)
        client.delete(name)
        for first in range(0, share, CHUNK):
            client.lpush(name, *[message] * min(CHUNK, share - first))


def percentile(values: Sequence[float], share: float) -> float:
    """Return a percentile by the nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)]
