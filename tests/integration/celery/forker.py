"""
Forks while a lease keeper is in the database.

Called as `forker.py DATABASE`, whose write lock somebody holds; prints `open` when
the keeper waits for it, and then how many of its files the forked child has open.
"""

import os
import sys
import threading

import psutil

from airq_cron.clock import SystemClock
from airq_cron.config import Secret, load
from airq_cron.ports import Heartbeat
from airq_cron.system import build
from workers.children import ActiveRun
from workers.leases import LeaseKeeper


def open_files(name: str) -> int:
    """Return how many files of this process belong to the database."""
    return sum(name in file.path for file in psutil.Process().open_files())


def main(path: str) -> None:
    """Fork once."""
    clock = SystemClock()
    settings = load({}, database_url=Secret(f"sqlite:///{path}"))
    heartbeat = Heartbeat("worker", "worker", clock.now())
    keeper = LeaseKeeper(
        build(settings), heartbeat, lambda: [ActiveRun("no-run", os.getpid())]
    )
    threading.Thread(target=keeper.attend, daemon=True).start()
    while not open_files(path):
        clock.wait(0.01)
    sys.stdout.write("open\n")
    sys.stdout.flush()
    if child := os.fork():
        os.waitpid(child, 0)
    else:
        sys.stdout.write(f"{open_files(path)}\n")
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
