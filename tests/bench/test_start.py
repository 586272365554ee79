"""How long a person waits after `airq up`: first page, everything; and for help."""

import subprocess
import sys
from pathlib import Path

from airq_cron.clock import SystemClock
from tests.bench.result import spread, write_result
from tests.bench.rounds import size
from tests.conftest import ROOT, WaitUntil
from tests.e2e.airq_up import AirqUp

ROUNDS = size("PAIRS", 5)
BAR_S = {"first_page": 5.0, "everything": 15.0, "help": 0.3}


def test_start(tmp_path: Path, wait_until: WaitUntil) -> None:
    """Each round begins with an empty directory."""
    rounds = []
    for number in range(ROUNDS):
        with AirqUp(tmp_path / str(number)) as up:
            port = up.start("--provider", "sandbox")
            first_page = up.wait_until_served(wait_until, port)
            everything = up.wait_until_running(wait_until)
            up.stop()
        rounds.append(
            {"first_page": first_page, "everything": everything, "help": _help_s()}
        )
    seconds = {name: spread([one[name] for one in rounds]) for name in BAR_S}
    met = all(seconds[name]["median"] <= most for name, most in BAR_S.items())
    write_result(
        "start", {"pairs": rounds, "seconds": seconds, "bar": BAR_S, "met": met}
    )

    assert met, seconds


def _help_s() -> float:
    clock = SystemClock()
    began = clock.monotonic()
    subprocess.run(
        [sys.executable, "-m", "airq_cron", "--help"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return clock.monotonic() - began
