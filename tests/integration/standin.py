"""An `airq up` in small: the lock, a supervisor, and programs that only wait.

Called as `standin.py DIR`; prints `started` when the supervisor runs and
`stopped N` after SIGTERM, N being the processes that had to be ended hard.
"""

import os
import signal
import sys
from pathlib import Path

from airq_cron.cli import instance
from airq_cron.cli.processes import Program
from airq_cron.cli.supervision import Supervision
from airq_cron.clock import SystemClock

POLITE = "import signal; signal.sigwait([signal.SIGTERM])"
DEAF = (
    "import signal; signal.signal(15, signal.SIG_IGN); "
    "print('deaf', flush=True); signal.sigwait([1])"
)


def main(var: str, manner: str) -> None:
    """Run until SIGTERM."""
    clock = SystemClock()
    layout = instance.Layout(Path(var))
    layout.prepare()
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stop.append(number))
    programs = (
        Program("ground", (sys.executable, "-c", POLITE), ground=True),
        Program("process", (sys.executable, "-c", globals()[manner])),
    )
    with instance.hold(layout, clock) as held:
        supervision = Supervision(
            programs,
            layout=layout,
            held=held,
            environment=dict(os.environ),  # noqa: TID251
            clock=clock,
            stop_grace_s=6,
        )
        supervision.start()
        sys.stdout.write("started\n")
        sys.stdout.flush()
        while not stop:
            supervision.keep()
            clock.wait(0.02)
        sys.stdout.write(f"stopped {supervision.stop()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
