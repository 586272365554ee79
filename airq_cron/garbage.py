"""
How often Python's collector of cycles comes, and what it leaves alone.

Runs and imports make objects by the hundred thousand and let go of them without
cycles. After every 700, as Python does, the collector took 40 % of the time of a
fan-out, and a fifth of an import.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects, then collections of the youngest, then of the middle generation.
SELDOM = (50_000, 20, 100)


def collect_seldom() -> None:
    """Let the collector come seldom, from now on."""
    gc.set_threshold(*SELDOM)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let the collector come seldom for a while; not by two threads at once."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)


def spare_what_is_there() -> None:
    """
    Keep the collector away from all objects there are: children will inherit them.

    It marks every object that it looks at, and so would copy all their pages into
    each child.
    """
    gc.collect()
    gc.freeze()
