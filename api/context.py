"""What a request works with: the one system of this process."""

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app

from airq_cron.domain.job import Overlap
from airq_cron.services.check_health import Parts, parts_of
from airq_cron.services.check_promptly import CheckDesk
from airq_cron.services.check_ready import Readiness
from airq_cron.system import System
from airq_cron.watching import parts_watch

KEY = "airq"


@dataclass(frozen=True, slots=True)
class Context:
    """The system, when it was attached, and who looks at its parts."""

    system: System
    began_s: float
    readiness: Readiness
    check_desk: CheckDesk


def attach_system(app: Flask, system: System) -> None:
    """Make *system* the one that requests to *app* work with."""
    parts = {
        "database": system.store.check,
        "ledger": lambda: _ask_ledger(system),
        "redis": lambda: system.queues.states(system.clock.now()),
    }
    app.extensions[KEY] = Context(
        system,
        system.clock.monotonic(),
        Readiness(parts),
        CheckDesk(system.store, lambda: _parts_of(system)),
    )


def the_system() -> System:
    """Return the system of the process that answers."""
    return _context().system


def readiness() -> Readiness:
    """Return the watch over the parts that requests need."""
    return _context().readiness


def check_desk() -> CheckDesk:
    """Return who does the health check for somebody who waits."""
    return _context().check_desk


def present() -> datetime:
    """Return the present instant, aware, in UTC."""
    return the_system().clock.now()


def usual_overlap() -> Overlap | None:
    """Return the policy of calls that name none; None is that of the job."""
    kept = the_system().settings.duplicate_prevention
    return None if kept else Overlap.ALLOW


def uptime_s() -> int:
    """Return for how many seconds this process has been answering."""
    context = _context()
    return int(context.system.clock.monotonic() - context.began_s)


def _context() -> Context:
    context = current_app.extensions[KEY]
    assert isinstance(context, Context)
    return context


def _parts_of(system: System) -> Parts:
    return parts_of(parts_watch(system, system.store), system.heartbeats)


def _ask_ledger(system: System) -> datetime:
    system.store.check_schema()
    with system.store.read() as unit:
        return unit.runs.now()
