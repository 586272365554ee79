"""Nothing of SQLite is open while a worker forks: the child would inherit it."""

import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from airq_cron.clock import SystemClock
from airq_cron.domain.run import Outcome
from airq_cron.sandbox import SandboxServer
from airq_cron.store.store import SqlStore
from tests.conftest import ROOT, WaitUntil
from tests.integration.celery.ledger import BRIEF, Ledger, Workers, is_asked, slow_down

FORKER = Path(__file__).with_name("forker.py")
RUNS = 30


@pytest.mark.parametrize("worker_options", [("--max-tasks-per-child", "1")])
def test_children_that_replace_others_inherit_no_database(
    ledger: Ledger,
    workers: Workers,
    upstream: SandboxServer,
    wait_until: WaitUntil,
) -> None:
    """A long run keeps a worker renewing while it forks a child for each short one."""
    slow_down(upstream, calls=1)
    long_run = ledger.begin()
    wait_until(lambda: is_asked(upstream), "it runs")
    short_runs = ledger.begin_many(BRIEF, RUNS)
    wait_until(
        lambda: ledger.all_end([long_run, *short_runs]), "all are done", timeout_s=60
    )

    # One that took a second copy of a message is about to end as well.
    wait_until(
        lambda: workers.child_count() == 4 and not _holding(workers, "airq.db"),
        "four children wait that have nothing of the database",
    )
    assert [Outcome.SUCCEEDED] == ledger.outcomes(long_run)


def _holding(workers: Workers, name: str) -> list[str]:
    """Return the open files of the children whose path contains *name*."""
    paths = []
    for node in workers.nodes:
        for child in node.children():
            with suppress(psutil.NoSuchProcess):
                paths += [file.path for file in child.open_files()]
    return [path for path in paths if name in path]


def test_a_fork_waits_until_the_database_is_closed(tmp_path: Path) -> None:
    """However long a renewal takes, the child begins without its files."""
    path = tmp_path / "airq.db"
    store = SqlStore(f"sqlite:///{path}", SystemClock())
    store.migrate()
    store.dispose()
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        forker = subprocess.Popen(
            [sys.executable, str(FORKER), str(path)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert forker.stdout is not None
        assert "open\n" == forker.stdout.readline()
        other.rollback()
    output, _ = forker.communicate(timeout=30)

    assert (0, "0\n") == (forker.returncode, output)
