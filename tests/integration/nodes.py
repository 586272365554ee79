"""Real processes with the face of Docker containers, for pytest-celery."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from pytest_celery import CeleryWorkerContainer, RedisContainer

from airq_cron.cli.addresses import free_port
from airq_cron.cli.embedded import valkey_binary
from airq_cron.cli.processes import Program
from tests.conftest import ROOT

GRACE_S = 10.0


class ProcessBox:
    """
    One process in a session of its own, told and asked as a Docker container.

    SIGKILL ends the whole group, as a container dies whole; every other signal
    goes to the process alone.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start *argv*; its output goes to *log*."""
        self.name = name
        self.argv = tuple(argv)
        # Empty maps keep the wrappers from asking the network.
        self.attrs: dict[str, Any] = {
            "Config": {"Hostname": "127.0.0.1", "Env": []},
            "NetworkSettings": {"Networks": {}, "Ports": {}},
            "HostConfig": {"PortBindings": {}},
        }
        self._environment = dict(environment or {})
        self.log = log
        self._log_start = 0
        self.start()

    def start(self) -> None:
        """Start the process; `logs` begins anew."""
        self.log.touch()
        self._log_start = self.log.stat().st_size
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.argv,
                cwd=ROOT,
                env={
                    "PATH": os.defpath,
                    "PYTHONUNBUFFERED": "1",
                    **self._environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def id(self) -> str:
        """What pytest-celery shows as the hostname."""
        return self.name

    @property
    def pid(self) -> int:
        """The process id, which is that of its group as well."""
        return self.process.pid

    @property
    def status(self) -> str:
        """`running` or `exited`."""
        return "running" if self.process.poll() is None else "exited"

    def signal_all(self, name: str) -> None:
        """Send the signal to the process and its children."""
        os.killpg(self.pid, signal.Signals[name])

    def reload(self) -> None:
        """Look whether it still runs."""
        self.process.poll()

    def kill(self, signal: str | int | None = None) -> None:
        """Send *signal*, by name or number; without one, SIGKILL."""
        number = _number(signal)
        if number == SIGKILL:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)
            self.process.wait(GRACE_S)
        else:
            self.process.send_signal(number)

    def restart(self, timeout: float = GRACE_S) -> None:
        """Stop it, by force after *timeout*, and start it again."""
        self.stop(timeout)
        self.start()

    def stop(self, timeout: float = GRACE_S) -> None:
        """End it politely, by force after *timeout*."""
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout)
        self.kill("SIGKILL")

    def logs(self) -> bytes:
        """Return what it wrote since its last start."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read()

    def exec_run(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Refuse: there is nothing to be inside of."""
        raise TypeError("a process has no inside to run commands in")

    def children(self) -> list[psutil.Process]:
        """Return the processes it has forked and that still run."""
        with suppress(psutil.Error):
            return psutil.Process(self.pid).children(recursive=True)
        return []


SIGKILL = signal.SIGKILL


def _number(name: str | int | None) -> int:
    if name is None:
        return SIGKILL
    return signal.Signals[name] if isinstance(name, str) else name


class ValkeyProcess(RedisContainer):  # type: ignore[misc]
    """Valkey as a process; it keeps its port and its data over a restart."""

    def __init__(self, directory: Path, *, appendfsync: str = "everysec") -> None:
        """Start one on a free port, with its data and its log in *directory*."""
        directory.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        argv = (
            *(str(valkey_binary()), "--port", str(self._port)),
            *("--bind", "127.0.0.1", "--dir", str(directory), "--save", ""),
            *("--appendonly", "yes", "--appendfsync", appendfsync),
            *("--maxmemory-policy", "noeviction", "--databases", "1"),
        )
        self.box = ProcessBox("valkey", argv, log=directory / "valkey.log")
        super().__init__(self.box)

    @property
    def hostname(self) -> str:
        """This machine."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def url(self) -> str:
        """The address for workers."""
        return f"redis://127.0.0.1:{self._port}/0"

    @property
    def host_url(self) -> str:
        """The address for the test, which is the same."""
        return self.url

    def get_addr(self, port: str) -> tuple[str, int]:
        """Return host and port."""
        return self.hostname, self._port

    def is_up(self) -> bool:
        """Say whether it takes connections; faster than the wrapper's seconds."""
        return self.ready_prompt.encode() in self.box.logs()

    def teardown(self) -> None:
        """End it at once."""
        self.box.kill("SIGKILL")


class WorkerProcess(CeleryWorkerContainer):  # type: ignore[misc]
    """A worker, begun by the command that `airq up` uses."""

    ready_prompt = "worker ready"

    def __init__(
        self,
        name: str,
        program: Program,
        *,
        directory: Path,
        environment: Mapping[str, str],
        options: Sequence[str] = (),
    ) -> None:
        """Start *program* as worker *name*; *options* are added to its command."""
        self.box = ProcessBox(
            name,
            (*program.argv, "--hostname", f"{name}@%h", *options),
            log=directory / f"{name}.log",
            environment=environment,
        )
        super().__init__(self.box)

    def is_up(self) -> bool:
        """Say whether it consumes."""
        return self.ready_prompt.encode() in self.box.logs()

    def children(self) -> list[psutil.Process]:
        """Return its pool's processes."""
        return self.box.children()

    def lines(self) -> list[dict[str, Any]]:
        """Return its log since its last start; lines that are no JSON are left out."""
        found = []
        for line in self.box.logs().splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
        return found

    def teardown(self) -> None:
        """End it and its children at once."""
        self.box.kill("SIGKILL")


class BeatProcess:
    """A beat, begun by the command that `airq up` uses."""

    ready_prompt = b"beat ready"

    def __init__(
        self,
        name: str,
        program: Program,
        *,
        directory: Path,
        environment: Mapping[str, str],
    ) -> None:
        """Start *program*."""
        self.box = ProcessBox(
            name,
            program.argv,
            log=directory / f"{name}.log",
            environment=environment,
        )

    def is_up(self) -> bool:
        """Say whether it plans."""
        return self.ready_prompt in self.box.logs()

    def teardown(self) -> None:
        """End it at once."""
        self.box.kill("SIGKILL")


def all_up(nodes: Iterable[Any]) -> Callable[[], bool]:
    """Return a question: are all *nodes* up?"""
    waiting = list(nodes)

    def ask() -> bool:
        return all(node.is_up() for node in waiting)

    return ask
