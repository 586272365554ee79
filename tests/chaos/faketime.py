"""A beat whose clock goes ahead: libfaketime, where it is installed."""

import sys
from dataclasses import replace
from pathlib import Path

from airq_cron.cli.processes import Program

AHEAD_S = 3
PLACES = ("/usr/lib", "/usr/lib64", "/usr/local/lib")
LIBRARY = "libfaketimeMT.so.1"
INSTEAD_OF = (sys.executable, "-m", "workers")


def find_faketime() -> Path | None:
    """Return the library to load first, None where it is not installed."""
    patterns = (f"faketime/{LIBRARY}", f"*/faketime/{LIBRARY}")
    found = (
        path
        for place in PLACES
        for pattern in patterns
        for path in Path(place).glob(pattern)
    )
    return next(found, None)


def clock_ahead(library: Path) -> dict[str, str]:
    """Return the environment of a process that lives 3 s ahead, but no faster."""
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"+{AHEAD_S}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def bear_ahead(program: Program) -> Program:
    """Return *program* so that it bears such a clock; see `tests.chaos.ahead`."""
    assert program.argv[: len(INSTEAD_OF)] == INSTEAD_OF
    rest = program.argv[len(INSTEAD_OF) :]
    return replace(program, argv=(sys.executable, "-m", "tests.chaos.ahead", *rest))
