"""Pages for people: rendered here, readable without script, one module a page."""

from . import (
    alerts,
    audit,
    breakers,
    dead_letters,
    failures,
    job,
    job_edit,
    jobs,
    locations,
    overview,
    queues,
    run,
    runs,
    tokens,
)
from .frame import area

__all__ = [
    "alerts",
    "area",
    "audit",
    "breakers",
    "dead_letters",
    "failures",
    "job",
    "job_edit",
    "jobs",
    "locations",
    "overview",
    "queues",
    "run",
    "runs",
    "tokens",
]
