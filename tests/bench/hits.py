"""The work of a task that does nothing: one byte in a file, so that it is counted."""

import os

FILE = os.open(
    os.environ.get("BENCH_HITS", os.devnull),  # noqa: TID251
    os.O_WRONLY | os.O_APPEND,
)


def hit(*_: object) -> None:
    """Leave a byte; no two processes overwrite each other's."""
    os.write(FILE, b".")
