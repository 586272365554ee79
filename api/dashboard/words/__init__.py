"""Every text of the pages, in one place."""

from .air import LOCATIONS, ON_OFF, PLACE, SCHEMES
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
from .ledger import (
    BACKOFFS,
    EDIT,
    JOB,
    JOBS,
    LETTERS,
    MODES,
    ORIGINS,
    OVERLAPS,
    RUN,
    RUNS,
)
from .overview import OVERVIEW, STRIP
from .people import AUDIT, ROLES, TOKENS

__all__ = [
    "AGO",
    "AHEAD",
    "ALERTS",
    "AUDIT",
    "BACKOFFS",
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
    "ON_OFF",
    "ORIGINS",
    "OVERLAPS",
    "OVERVIEW",
    "PLACE",
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
