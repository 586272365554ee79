"""What a process tells of itself."""

import os
import re
import socket

from airq_cron import __version__
from airq_cron.services.describe_process import describe_process


def test_a_process_tells_where_it_runs_and_with_what() -> None:
    """The zones in IANA's own words."""
    found = describe_process()

    assert (socket.gethostname(), os.getpid(), __version__) == (
        found["host"], found["pid"], found["version"]
    )  # fmt: skip
    assert re.fullmatch(r"20\d\d[a-z]", found["tzdata"])
