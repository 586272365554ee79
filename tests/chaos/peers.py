"""Other schedulers under the same faults: how they are begun and counted."""

import math
import os
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from airq_cron.cli.processes import Program
from tests.chaos.drill import Span
from tests.chaos.load import JOBS
from tests.chaos.verdict import Verdict
from tests.integration.nodes import BeatProcess, WorkerProcess
from tests.peers import PYTHON

APP = "tests.chaos.peer_app"
# RedBeat as it comes follows a dead leader after 25 minutes.
LOCK_S = 4


@dataclass(frozen=True)
class Peer:
    """
    A scheduler that runs on Celery as we do.

    Attributes:
        beats: as many as its documentation allows.
    """

    name: str
    scheduler: str
    beats: int


REDBEAT = Peer("redbeat", "redbeat.RedBeatScheduler", beats=2)
PEERS = (
    Peer("celery beat", "celery.beat:PersistentScheduler", beats=1),
    REDBEAT,
)


class PeerBeat(BeatProcess):
    """A beat of Celery's own."""

    ready_prompt = b"beat: Starting..."


class PeerWorker(WorkerProcess):
    """A worker of Celery's own."""

    ready_prompt = "ready."


def start_peer(
    peer: Peer, directory: Path, broker_url: str, *, lock_s: int = LOCK_S
) -> tuple[list[PeerBeat], list[PeerWorker]]:
    """
    Start its beats, and two workers of two children.

    Args:
        lock_s: after so long RedBeat follows a dead leader.
    """
    effects = directory / "effects.db"
    with sqlite3.connect(effects) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE effects (job, due_s, task_id, at)")
    connection.close()
    environment = _environment(effects, broker_url, lock_s)
    celery = (str(PYTHON), "-m", "celery", "-A", APP)
    level = ("--loglevel", "INFO")
    beats = [
        PeerBeat(
            name,
            Program(
                name,
                (
                    *(*celery, "beat", *level, "--scheduler", peer.scheduler),
                    *("--schedule", str(directory / f"{name}.schedule")),
                ),
            ),
            directory=directory,
            environment=environment,
        )
        for name in (f"beat-{number}" for number in range(1, peer.beats + 1))
    ]
    options = ("--concurrency", "2", "--without-mingle", "--without-gossip")
    workers = [
        PeerWorker(
            name,
            Program(name, (*celery, "worker", *level, *options)),
            directory=directory,
            environment=environment,
        )
        for name in ("worker-1", "worker-2")
    ]
    return beats, workers


def _environment(effects: Path, broker_url: str, lock_s: int) -> Mapping[str, str]:
    inherited = dict(os.environ)  # noqa: TID251
    return inherited | {
        "PEER_EFFECTS": str(effects),
        "PEER_BROKER": broker_url,
        "PEER_LOCK_S": str(lock_s),
    }


@dataclass(frozen=True)
class Tally:
    """How often the work of each (job, second) was completed."""

    times: Counter[tuple[str, int]]
    latest_at: float

    def is_quiet(self, now_s: float, for_s: float) -> bool:
        """Say whether nothing was completed for so long."""
        return now_s - self.latest_at >= for_s


def tally(directory: Path) -> Tally:
    """Count what its tasks have left."""
    connection = sqlite3.connect(directory / "effects.db")
    rows = connection.execute("SELECT job, due_s, at FROM effects").fetchall()
    connection.close()
    times = Counter((str(job), int(due_s)) for job, due_s, _ in rows)
    return Tally(times, max((float(at) for *_, at in rows), default=0.0))


def judge_peer(verdict: Verdict, found: Tally, span: Span) -> None:
    """Compare what was done with the seconds in (since, until] of each job."""
    first = math.floor(span.since.timestamp()) + 1
    seconds = range(first, math.floor(span.until.timestamp()) + 1)
    verdict.due = JOBS * len(seconds)
    inside = [number for (_, due_s), number in found.times.items() if due_s in seconds]
    verdict.completed_once = sum(number == 1 for number in inside)
    verdict.completed_twice = sum(number > 1 for number in inside)
    verdict.missing = verdict.due - len(inside)
    verdict.longest_gap_s = _longest_gap_s(found, seconds)
    verdict.resent = verdict.refused_duplicates = None


def _longest_gap_s(found: Tally, seconds: range) -> float:
    """
    Return the longest stretch, in seconds, in which nothing became due.

    A message of theirs does not say when it was due, so a late one cannot be told
    from one that was never sent.
    """
    served = sorted({due_s for _, due_s in found.times if due_s in seconds})
    edges = [seconds.start - 1, *served, seconds.stop]
    return float(max(later - earlier for earlier, later in pairwise(edges)) - 1)
