"""Processes that fork, are stopped or die do not harm the others."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import pytest

from airq_cron.clock import SystemClock
from airq_cron.domain.run import State
from airq_cron.ports import Unit
from airq_cron.store.store import SqlStore
from tests.databases import Database, engines_of
from tests.entries import enter, get, job, run, states, try_claim

FORKING = multiprocessing.get_context("fork")
SPAWNING = multiprocessing.get_context("spawn")

pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


def _enter_in_child(store: SqlStore, minute: int) -> None:
    enter(store, run(minute))
    os._exit(0 if get(store, run(minute).id).state is State.SCHEDULED else 1)


def _exit_codes(children: list[Any]) -> list[int | None]:
    for child in children:
        child.start()
    for child in children:
        child.join(30)
    return [child.exitcode for child in children]


def test_children_connect_anew(store: SqlStore) -> None:
    """A store that was used before the fork works in parent and children."""
    enter(store, run(0))
    children = [
        FORKING.Process(target=_enter_in_child, args=(store, minute))
        for minute in range(1, 5)
    ]

    codes = _exit_codes(children)

    assert [0] * 4 == codes
    assert [State.SCHEDULED] * 5 == states(store, [run(m).id for m in range(5)])


def test_a_child_may_end_while_its_parent_writes(store: SqlStore) -> None:
    """Its end neither closes the parent's line nor takes away its lock."""

    def work(unit: Unit) -> int | None:
        unit.runs.insert([run(1)])
        child = FORKING.Process(target=os._exit, args=(0,))
        child.start()
        child.join(30)
        unit.runs.insert([run(2)])
        return child.exitcode

    assert 0 == store.write(work)
    assert [State.SCHEDULED] * 2 == states(store, [run(1).id, run(2).id])


def test_a_store_is_told_of_a_fork(store: SqlStore) -> None:
    """The old lines are kept from use and from the garbage collector."""
    enter(store, run(1))
    before = engines_of(store)
    store.after_fork()

    assert not before & engines_of(store)
    assert before == store._inherited
    assert State.SCHEDULED is get(store, run(1).id).state
    for engine in before:
        engine.dispose()


def _hold(url: str, pipe: Connection) -> None:
    """Write for ever."""
    store = SqlStore(url, SystemClock(), patience_s=30, lock_wait_s=0.3)

    def work(unit: Unit) -> None:
        unit.jobs.lock("a-job")
        unit.runs.insert([run(1)])
        pipe.send("writing")
        pipe.poll(60)

    store.write(work)


@pytest.mark.parametrize("cut", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_dies_or_stops_while_writing_is_survived(
    database: Database, cut: signal.Signals
) -> None:
    """Nothing of it is there; on SQLite a stopped one must go on or end first."""
    store = database.open(patience_s=30)
    store.write(lambda unit: unit.jobs.add(job()))
    ours, theirs = SPAWNING.Pipe()
    child = SPAWNING.Process(target=_hold, args=(database.url, theirs))
    child.start()
    assert ours.poll(30)
    assert child.pid is not None
    os.kill(child.pid, cut)
    stopped = cut is signal.SIGSTOP
    if stopped and database.kind == "sqlite":
        os.kill(child.pid, signal.SIGKILL)

    store.write(lambda unit: unit.jobs.lock("a-job"))
    ids = enter(store, run(1))

    os.kill(child.pid, signal.SIGKILL) if stopped else None
    child.join(30)
    assert [run(1).id] == ids


def _claim_all(url: str, owner: str, pipe: Connection) -> None:
    store = SqlStore(url, SystemClock(), patience_s=30, lock_wait_s=0.3)
    pipe.recv()
    won = [
        minute
        for minute in range(20)
        if try_claim(store, run(minute).id, owner=owner) is not None
    ]
    pipe.send(won)
    store.dispose()


def test_of_many_processes_one_claims(
    database: Database, wait_until: Callable[..., None]
) -> None:
    """As the children of two workers do with copies of the same messages."""
    store = database.open()
    enter(store, *(run(minute) for minute in range(20)))
    pipes = [SPAWNING.Pipe() for _ in range(3)]
    children = [
        SPAWNING.Process(
            target=_claim_all, args=(database.url, f"w{n}@host:1", pipes[n][1])
        )
        for n in range(3)
    ]
    for child in children:
        child.start()
    for ours, _ in pipes:
        ours.send("go")
    wait_until(
        lambda: all(ours.poll() for ours, _ in pipes), "all have tried", timeout_s=60
    )
    won = sorted(minute for ours, _ in pipes for minute in ours.recv())
    for child in children:
        child.join(30)

    assert list(range(20)) == won
