"""What runs on the hosts of the scale-out drill, each inside its own network."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import requests
from sqlalchemy import select

from airq_cron.cli import processes
from airq_cron.cli.processes import Program
from airq_cron.config import Settings, child_environment
from airq_cron.store.ledger_tables import attempts
from airq_cron.store.store import SqlStore
from tests.chaos.effects import connection_of
from tests.chaos.fleet import Fleet
from tests.chaos.netns import Network
from tests.integration.nodes import BeatProcess, ProcessBox, WorkerProcess

API_PORT = 3000
TASKS = ("--include", "tests.chaos.drill_task")
# What is asked answers within this, or is down.
ANSWER_S = 2.0


class Host:
    """
    A beat, a worker and the API on one host.

    Attributes:
        answered: how often the API was asked and answered that it is well, and
            how often it did not.
    """

    def __init__(self, name: str, network: Network, settings: Settings) -> None:
        """Start all three on the host *name*."""
        self.name, self._address = name, network.address(name)
        self.answered: Counter[bool] = Counter()
        self._pids: set[int] = set()
        inside = network.inside(name)
        own = replace(settings, host=self._address, behind_tls=True)
        environment = child_environment(own)
        beat = BeatProcess(
            f"beat-{name}",
            _within(inside, processes.beat()),
            directory=settings.var_dir,
            environment=environment,
        )
        worker = WorkerProcess(
            f"worker-{name}",
            _within(inside, processes.worker("worker-data")),
            directory=settings.var_dir,
            environment=environment,
            options=TASKS,
        )
        self.fleet = Fleet([beat], [worker])
        self.api = ProcessBox(
            f"api-{name}",
            _within(inside, processes.web(self._address, API_PORT)).argv,
            log=settings.var_dir / f"api-{name}.log",
            environment=environment,
        )

    @property
    def boxes(self) -> tuple[ProcessBox, ...]:
        """Every process of the host."""
        return (*(node.box for node in self.fleet.nodes), self.api)

    def is_up(self) -> bool:
        """Say whether every process of it is ready."""
        return self.fleet.is_up() and self.is_well()

    def is_well(self) -> bool:
        """Say whether its API answers."""
        with suppress(requests.RequestException):
            address = f"http://{self._address}:{API_PORT}/healthz"
            return requests.get(address, timeout=ANSWER_S).ok
        return False

    def watch(self) -> None:
        """Do as its supervisor does, and note who works here."""
        self.fleet.tend()
        if self.api.status == "exited":
            self.api.start()
        self._pids.update(child.pid for child in self.fleet.children())

    def die(self) -> None:
        """Lose every process at once."""
        self.fleet.stop()
        self.api.kill("SIGKILL")

    def completed(self, store: SqlStore) -> int:
        """Return how many attempts have succeeded here."""
        with store.read() as unit:
            workers = connection_of(unit).execute(
                select(attempts.c.worker).where(attempts.c.outcome == "succeeded")
            )
            return sum(_pid(one) in self._pids for one in workers.scalars())


def _pid(worker: str | None) -> int:
    """Return the child's process id from `worker-3929ef83:32407`."""
    return int((worker or ":0").rpartition(":")[2])


def _within(inside: Sequence[str], program: Program) -> Program:
    return replace(program, argv=(*inside, *program.argv))


def as_rows(hosts: Sequence[Host], store: SqlStore) -> list[dict[str, object]]:
    """Return what each host did: runs completed, answers of its API, self-exits."""
    return [
        {
            "host": host.name,
            "completed": host.completed(store),
            "api_answered": host.answered[True],
            "api_silent": host.answered[False],
            "self_exits": len(host.fleet.self_exits),
        }
        for host in hosts
    ]
