"""`airq up` as a person starts it, driven from outside."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import requests

from airq_cron.cli.addresses import free_port
from airq_cron.cli.instance import MARK, Layout, sweep
from airq_cron.clock import SystemClock
from tests.conftest import ROOT, WaitUntil

OURS = (sys.executable, "-m", "airq_cron")
PROGRAMS = {"valkey", "sandbox", "api", "beat", "worker-data", "worker-watch"}


class AirqUp:
    """
    One `airq up` on its own directory; nothing of it stays after the block.

    Attributes:
        output: the file with everything it printed.
        began: when it was last started, on the monotonic clock.
    """

    def __init__(
        self,
        var: Path,
        *,
        command: tuple[str, ...] = OURS,
        directory: Path = ROOT,
        **environment: str,
    ) -> None:
        self.layout = Layout(var)
        self.output = var.with_name(var.name + ".out")
        self.clock = SystemClock()
        self.began = 0.0
        self._command = command
        self._directory = directory
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Return this one, not started yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End whatever is left, and show what it said when the test failed."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        sweep(self.layout, patience_s=0.5)
        if error is not None:
            self._show()

    def start(self, *options: str, port: int | None = None) -> int:
        """Start it on a free port (or *port*); return the port."""
        port = port or free_port()
        argv = [*self._command, "up", "--var", str(self.layout.var)]
        with self.output.open("wb") as file:
            self._process = subprocess.Popen(
                [*argv, "--port", str(port), *options],
                cwd=self._directory,
                env=os.environ | self._environment,  # noqa: TID251
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self.began = self.clock.monotonic()
        return port

    @property
    def pid(self) -> int:
        """The process id of `airq up` itself, above all others."""
        assert self._process is not None
        return self._process.pid

    @property
    def said(self) -> str:
        """Everything it printed."""
        return self.output.read_text()

    @property
    def record(self) -> dict[str, Any]:
        """What `instance.json` says."""
        found: dict[str, Any] = json.loads(self.layout.record.read_text())
        return found

    def wait_until_running(self, wait_until: WaitUntil) -> float:
        """Wait until it says that everything is ready; return the seconds it took."""
        wait_until(
            lambda: "is running" in self.said or self.has_ended(),
            "airq up says that it is running",
            timeout_s=90,
        )
        assert not self.has_ended(), self.said
        return self.clock.monotonic() - self.began

    def wait_until_served(self, wait_until: WaitUntil, port: int) -> float:
        """Wait for the first page; return the seconds it took."""
        wait_until(lambda: _is_served(port), "the first page is served", timeout_s=90)
        return self.clock.monotonic() - self.began

    def has_ended(self) -> bool:
        """Say whether `airq up` itself has ended."""
        return self._process is None or self._process.poll() is not None

    def exit_code(self) -> int:
        """Wait for its end and return its exit code."""
        assert self._process is not None
        return self._process.wait(30)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it as a person or a service manager does; return its exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(15)

    def kill(self) -> None:
        """Kill it without a chance to clean up."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def pids(self) -> dict[str, int]:
        """Return the main process of each program under it, by name."""
        found: dict[str, int] = {}
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                environment = process.environ()
                if environment.get(MARK) != str(self.layout.var):
                    continue
                # What was forked has a name, what was started anew is told one.
                name = environment.get("SUPERVISOR_PROCESS_NAME", process.name())
                is_head = os.getpgid(process.pid) == process.pid
                if is_head and name in {"supervisor", *PROGRAMS}:
                    found[name] = process.pid
        return found

    def _show(self) -> None:
        for file in (self.output, *sorted(self.layout.log.glob("*.log"))):
            text = file.read_text(errors="replace")[-4000:]
            sys.stdout.write(f"--- {file.name}\n{text}\n")


def _is_served(port: int) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).ok
    return False
