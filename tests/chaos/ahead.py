"""
Starts Celery in a process that lives under libfaketime.

libfaketime 0.9.10 takes its offset off absolute sleeps on the monotonic clock, though
it is told to leave that clock alone, and Python 3.11 sleeps so: every sleep would
fail with EINVAL. Waiting on an event is not touched.
"""

import sys
import threading
import time


def pause(seconds: float) -> None:
    """Let *seconds* pass."""
    threading.Event().wait(seconds)


if __name__ == "__main__":
    vars(time)["sleep"] = pause
    # Only now: what it loads keeps the sleep that it finds.
    from workers.__main__ import main

    sys.exit(main())
