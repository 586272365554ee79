"""A small installation of real processes, and what can befall it."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import psutil
import redis

from airq_cron.cli import processes
from airq_cron.clock import Clock
from airq_cron.config import child_environment
from airq_cron.system import System
from tests.integration.nodes import BeatProcess, ValkeyProcess, WorkerProcess

# Longer than the 3 s after which a beat knows that it was asleep.
FREEZE_S = 4.0

Node = BeatProcess | WorkerProcess


class Fleet:
    """
    Two beats and two workers of two children each, on one Valkey and one database.

    Whatever a fault ends is begun again at once, as a supervisor does.
    """

    def __init__(
        self, system: System, valkey: ValkeyProcess, directory: Path, clock: Clock
    ) -> None:
        """Start the processes; `is_up` says when they are ready."""
        environment = child_environment(system.settings)
        self.beats = [
            BeatProcess(
                name,
                processes.beat(),
                directory=directory,
                environment=environment,
            )
            for name in ("beat-1", "beat-2")
        ]
        self.workers = [
            WorkerProcess(
                name,
                processes.worker("worker-data"),
                directory=directory,
                environment=environment,
            )
            for name in ("worker-1", "worker-2")
        ]
        self.faults: Counter[str] = Counter()
        self.self_exits = 0
        self._valkey = valkey
        self._clock = clock

    @property
    def nodes(self) -> list[Node]:
        """Every process that may die."""
        return [*self.beats, *self.workers]

    def is_up(self) -> bool:
        """Say whether every process is ready."""
        return all(node.is_up() for node in self.nodes)

    def tend(self) -> None:
        """Begin again what has ended by itself, and count it."""
        for node in self.nodes:
            if node.box.status == "exited":
                self.self_exits += 1
                node.box.start()

    def kinds(self) -> dict[str, Callable[[Random], None]]:
        """Return every kind of fault by name."""
        return {
            "kill_child": self._kill_child,
            "kill_worker": self._kill_worker,
            "kill_beat": self._kill_beat,
            "freeze_beat": self._freeze_beat,
            "flush_broker": self._flush_broker,
            "kill_broker": self._kill_broker,
        }

    def suffer(self, kind: str, random: Random) -> None:
        """Let one fault of *kind* happen, and count it."""
        self.kinds()[kind](random)
        self.faults[kind] += 1

    def _kill_child(self, random: Random) -> None:
        children = random.choice(self.workers).children()
        if children:
            with suppress(psutil.NoSuchProcess):
                random.choice(children).kill()

    def _kill_worker(self, random: Random) -> None:
        self._kill(random.choice(self.workers))

    def _kill_beat(self, random: Random) -> None:
        self._kill(random.choice(self.beats))

    def _kill(self, node: Node) -> None:
        node.box.kill("SIGKILL")
        node.box.start()

    def _freeze_beat(self, random: Random) -> None:
        box = random.choice(self.beats).box
        os.kill(box.pid, signal.SIGSTOP)
        self._clock.wait(FREEZE_S)
        os.kill(box.pid, signal.SIGCONT)

    def _flush_broker(self, random: Random) -> None:
        del random
        with redis.Redis.from_url(self._valkey.url) as client:
            client.flushall()

    def _kill_broker(self, random: Random) -> None:
        del random
        self._valkey.box.kill("SIGKILL")
        self._valkey.box.start()

    def refused_duplicates(self) -> int:
        """Return how many messages the workers dropped at the claim."""
        return sum(
            node.box.log.read_bytes().count(b'"run_dropped"') for node in self.workers
        )

    def stop(self) -> None:
        """End every process at once."""
        for node in self.nodes:
            node.teardown()
