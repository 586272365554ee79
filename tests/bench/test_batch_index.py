"""Ten thousand indices by `airq aqi --batch`, against only reading and writing them.

The raw limit is a process that reads the same lines and writes them again, start
included in both.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from airq_cron.clock import SystemClock
from tests.bench.result import spread, write_result

LINES = 10_000
ROUNDS = 5
BAR_S = 2.0
ECHO = (
    "import json, sys\n"
    "for line in sys.stdin: print(json.dumps(json.loads(line) | {'index': None}))"
)
LINE = {
    "scheme": "us-epa-2024",
    "pollutant": "pm2_5",
    "averaging": "24h",
    "unit": "ug/m3",
}


def seconds(command: Sequence[str], text: str, var: Path) -> float:
    """Return how long *command* took for *text*; every line must come back."""
    clock = SystemClock()
    began = clock.monotonic()
    done = subprocess.run(
        [sys.executable, *command],
        input=text,
        capture_output=True,
        check=True,
        text=True,
        env={"AIRQ_VAR_DIR": str(var)},
    )
    took = clock.monotonic() - began
    assert LINES == len(done.stdout.splitlines())
    return took


def test_ten_thousand_lines(tmp_path: Path) -> None:
    """Alternating rounds; the bar is two seconds for all lines."""
    text = "\n".join(json.dumps(LINE | {"value": i / 10}) for i in range(LINES))
    pairs = [
        {
            "ours": seconds(["-m", "airq_cron", "aqi", "--batch"], text, tmp_path),
            "peer": seconds(["-c", ECHO], text, tmp_path),
        }
        for _ in range(ROUNDS)
    ]
    ours = spread([pair["ours"] for pair in pairs])
    write_result(
        "batch-index",
        {
            "pairs": pairs,
            "ratio": spread([pair["ours"] / pair["peer"] for pair in pairs]),
            "seconds": ours,
            "bar": BAR_S,
            "met": ours["median"] < BAR_S,
        },
    )
    print(f"\n{LINES} indices: {ours} s")  # noqa: T201
