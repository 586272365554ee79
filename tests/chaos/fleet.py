"""Two beats and two workers of two children each, and who brings them back."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.integration.nodes import BeatProcess, WorkerProcess

Node = BeatProcess | WorkerProcess
LAST_WORDS = 2000


@dataclass(frozen=True)
class SelfExit:
    """A process that ended although nobody had ended it."""

    name: str
    code: int | None
    last_words: str


@dataclass(frozen=True)
class Frozen:
    """A process that stands still, with its children if it is a group."""

    pid: int
    whole: bool

    def thaw(self) -> None:
        """Let it go on, unless it has been killed meanwhile."""
        with suppress(ProcessLookupError):
            (os.killpg if self.whole else os.kill)(self.pid, signal.SIGCONT)


class Fleet:
    """
    Whatever ends is begun again at once, as a supervisor does.

    Attributes:
        self_exits: what ended by itself.
    """

    def __init__(
        self, beats: Sequence[BeatProcess], workers: Sequence[WorkerProcess]
    ) -> None:
        """Watch over processes that have been started."""
        self.beats = tuple(beats)
        self.workers = tuple(workers)
        self.self_exits: list[SelfExit] = []

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every process that may die."""
        return (*self.beats, *self.workers)

    def is_up(self) -> bool:
        """Say whether every process is ready."""
        return all(node.is_up() for node in self.nodes)

    def tend(self) -> None:
        """Begin again what has ended by itself, and keep its last words."""
        for node in self.nodes:
            if node.box.status == "exited":
                words = node.box.logs()[-LAST_WORDS:].decode(errors="replace")
                code = node.box.process.returncode
                self.self_exits.append(SelfExit(node.box.name, code, words))
                self.kill(node)

    def kill(self, node: Node) -> None:
        """Kill a process with all its children, and start it anew."""
        node.box.kill("SIGKILL")
        node.box.start()

    def freeze(self, node: Node) -> Frozen:
        """Stop a beat, or a worker with its children, as an overcommitted host does."""
        frozen = Frozen(node.box.pid, whole=isinstance(node, WorkerProcess))
        (os.killpg if frozen.whole else os.kill)(frozen.pid, signal.SIGSTOP)
        return frozen

    def children(self) -> list[psutil.Process]:
        """Return the children of all workers."""
        return [child for node in self.workers for child in node.children()]

    def stopped_child(self) -> psutil.Process | None:
        """Return a child that stands still, by itself, in a worker that does not."""
        for node in self.workers:
            for child in node.children():
                with suppress(psutil.NoSuchProcess):
                    if child.status() == psutil.STATUS_STOPPED and not self._stands(
                        node
                    ):
                        return child
        return None

    @staticmethod
    def _stands(node: Node) -> bool:
        with suppress(psutil.NoSuchProcess):
            status: str = psutil.Process(node.box.pid).status()
            return status == psutil.STATUS_STOPPED
        return True

    def count_in_logs(self, words: bytes) -> int:
        """Return how often the workers have written *words*, over all restarts."""
        return sum(node.box.log.read_bytes().count(words) for node in self.workers)

    def stop(self) -> None:
        """End every process at once."""
        for node in self.nodes:
            node.teardown()
