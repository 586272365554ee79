"""Pages for people: rendered here, readable without script, one module a page."""

from . import (
    alerts,
    audit,
    breakers,
    dead_letters,
    failures,
    job,
    job_edit,
    job_new,
    jobs,
    location_form,
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
    "job_new",
    "jobs",
    "location_form",
    "locations",
    "overview",
    "queues",
    "run",
    "runs",
    "tokens",
]
