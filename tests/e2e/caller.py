"""What a person does with a running `airq up`: ask its API, call its commands."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests.conftest import ROOT
from tests.e2e.airq_up import AirqUp

TIMEOUT_S = 10.0


class Caller:
    """A person with the admin token of one instance."""

    def __init__(self, up: AirqUp) -> None:
        """Speak to *up*, which is running."""
        self._up = up
        self._base = str(up.record["api"])
        token = (up.layout.var / "admin.token").read_text().strip()
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: str) -> Any:
        """Return the document at *path*."""
        answer = requests.get(
            self._base + path, params=query, headers=self._headers, timeout=TIMEOUT_S
        )
        assert 200 == answer.status_code, answer.text
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send *body* to *path*; return what it answers."""
        answer = requests.post(
            self._base + path, json=body, headers=self._headers, timeout=TIMEOUT_S
        )
        assert answer.ok, answer.text
        return answer.json()

    def execute(self, job: str) -> str:
        """Start a run of *job* by hand; return its id."""
        run_id: str = self.post(f"/cron/jobs/{job}/execute")["id"]
        return run_id

    def execute_or_join(self, job: str) -> str:
        """Start a run of *job*, or return the one that is under way already."""
        answer = requests.post(
            f"{self._base}/cron/jobs/{job}/execute",
            headers=self._headers,
            timeout=TIMEOUT_S,
        )
        assert answer.status_code in {202, 409}, answer.text
        found = answer.json()
        return str(found["id"] if answer.status_code == 202 else found["run_id"])

    def run(self, run_id: str) -> Any:
        """Return one run with its attempts."""
        return self.get(f"/cron/runs/{run_id}")

    def stats(self, job: str) -> Any:
        """Return the figures of *job*."""
        jobs = self.get("/cron/jobs/stats")["jobs"]
        return next(one for one in jobs if one["name"] == job)

    def spoil(self, **fault: Any) -> None:
        """Let the sandbox do *fault* from now on."""
        answer = requests.post(
            self._up.record["open_meteo_url"] + "/sandbox/faults",
            json=fault,
            timeout=TIMEOUT_S,
        )
        assert 201 == answer.status_code, answer.text

    def mend(self) -> None:
        """Let all go well with the sandbox again."""
        requests.delete(
            self._up.record["open_meteo_url"] + "/sandbox/faults", timeout=TIMEOUT_S
        )

    def sandbox_stats(self) -> Any:
        """Return what the sandbox counted."""
        url = self._up.record["open_meteo_url"] + "/sandbox/stats"
        return requests.get(url, timeout=TIMEOUT_S).json()

    def airq(self, *arguments: str) -> Any:
        """Call a command with `--json`; return what it printed."""
        process = start_airq(self._up.layout.var, *arguments)
        output, errors = process.communicate(timeout=120)
        assert 0 == process.returncode, errors.decode()
        return json.loads(output)


def start_airq(var: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start a command with `--json` on the directory *var*."""
    return subprocess.Popen(
        [sys.executable, "-m", "airq_cron", *arguments, "--json"],
        cwd=ROOT,
        env={**os.environ, "AIRQ_VAR_DIR": str(var)},  # noqa: TID251
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
