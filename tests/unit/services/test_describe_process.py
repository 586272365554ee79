"""What a process tells of itself."""

import os
import re
import socket

from airq_cron import __version__
from airq_cron.sealing import new_key
from airq_cron.services.describe_process import describe_process


def test_a_process_tells_where_it_runs_and_with_what() -> None:
    """The zones in IANA's own words."""
    found = describe_process()

    assert (socket.gethostname(), os.getpid(), __version__) == (
        found["host"], found["pid"], found["version"]
    )  # fmt: skip
    assert re.fullmatch(r"20\d\d[a-z]", found["tzdata"])


def test_a_process_tells_which_keys_it_holds_without_telling_them() -> None:
    """In their order; equal keys have equal fingerprints, others have not."""
    one, two = new_key(), new_key()

    first, second = describe_process([one, two])["message_keys"]

    assert [second, first] == describe_process([two, one])["message_keys"]
    assert first != second
    assert re.fullmatch("[0-9a-f]{8}", first)
    assert [] == describe_process()["message_keys"]
    assert first not in one
