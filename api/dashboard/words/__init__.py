"""Every text of the pages, in one place."""

from .air import LOCATIONS, SCHEMES
from .frame import (
    AGO,
    AHEAD,
    DONE,
    ERRORS,
    FRAME,
    JUST_NOW,
    NAV,
    STATES,
    THEMES,
    UNKNOWN,
)
from .health import ALERTS, BREAKERS, CHARTS, QUEUES, SERIES, SILENCES, TERMS
from .ledger import EDIT, JOB, JOBS, LETTERS, MODES, ORIGINS, OVERLAPS, RUN, RUNS
from .overview import OVERVIEW, STRIP
from .people import AUDIT, ROLES, TOKENS

__all__ = [
    "AGO",
    "AHEAD",
    "ALERTS",
    "AUDIT",
    "BREAKERS",
    "CHARTS",
    "DONE",
    "EDIT",
    "ERRORS",
    "FRAME",
    "JOB",
    "JOBS",
    "JUST_NOW",
    "LETTERS",
    "LOCATIONS",
    "MODES",
    "NAV",
    "ORIGINS",
    "OVERLAPS",
    "OVERVIEW",
    "QUEUES",
    "ROLES",
    "RUN",
    "RUNS",
    "SCHEMES",
    "SERIES",
    "SILENCES",
    "STATES",
    "STRIP",
    "TERMS",
    "THEMES",
    "TOKENS",
    "UNKNOWN",
]
