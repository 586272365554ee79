"""How often a bench measures, and in which order."""

import os
from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")
Name = TypeVar("Name", str, int)
# Read when it is imported: tests run without the developer's own settings.
ASKED = {
    name.removeprefix("AIRQ_BENCH_"): value
    for name, value in os.environ.items()  # noqa: TID251
    if name.startswith("AIRQ_BENCH_")
}


def size(name: str, usual: int) -> int:
    """Return how much a bench does: *usual*, or what `AIRQ_BENCH_<name>` says."""
    return int(ASKED.get(name, usual))


def alternate(
    measures: Mapping[Name, Callable[[], T]], usual: int = 5
) -> list[dict[Name, T]]:
    """Take all measures in turn, *usual* times; each other round backwards."""
    names = list(measures)
    return [
        {name: measures[name]() for name in (names if number % 2 else names[::-1])}
        for number in range(size("PAIRS", usual))
    ]
