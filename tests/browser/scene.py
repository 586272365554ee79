"""What the pages show in these tests: many rows, with what people could write."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.measurement import Location, Origin
from airq_cron.domain.role import Role
from airq_cron.domain.run import Outcome, State
from airq_cron.ports import AuditEntry, Unit
from airq_cron.services.issue_token import create_token
from airq_cron.system import System
from tests import entries
from tests.unit.api.air_facts import measure

# Whoever could write it into a page would have it run.
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
# More than a page of any list.
MANY, MANY_TOKENS = 60, 105
# After this place the list has one more: Paris.
LAST_PLACE = f"p{MANY - 1:03}"
JOB, PLACE, PARAMS = "a-000", "p000", {"channel": HOSTILE}
OLD = datetime(2026, 1, 1, tzinfo=UTC)
SANDBOX = ("sandbox", Origin.MODELLED)


def fill(system: System) -> None:
    """Enter many rows of everything that people write; none is due, or is told."""
    system.store.write(_enter)
    # A gap that no fetch by schedule closes: those ask from the newest hour on.
    now = system.clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    measure(system, [hour - timedelta(days=2), hour], source=SANDBOX)
    for number in range(MANY_TOKENS):
        create_token(
            system.store,
            name=f"{HOSTILE} {number}",
            role=Role.VIEWER,
            at=now,
        )


def _enter(unit: Unit) -> None:
    for number in range(MANY):
        job = entries.job(
            f"a-{number:03}",
            description=HOSTILE,
            enabled=False,
            note=HOSTILE,
            params=PARAMS,
        )
        unit.jobs.add(job)
        place = Location(f"p{number:03}", HOSTILE, Decimal(1), Decimal(1), "UTC")
        unit.locations.add(replace(place, enabled=False))
        unit.flips.put(_cleared(number))
        unit.audit.record(
            AuditEntry(HOSTILE, "job.update", "job:x", PARAMS, {"note": HOSTILE})
        )
        _fail(unit, number)


def _cleared(number: int) -> Flip:
    """Return an alert that is over, so that nobody judges it anew."""
    return Flip(
        FlipKind.STALE_DATA,
        f"key-{number}",
        f"condition-{number}",
        f"location:p{number:03}",
        HOSTILE,
        OLD,
        raised_at=OLD,
        ended_at=OLD + timedelta(hours=1),
        cleared_at=OLD + timedelta(hours=1),
        cleared_message=HOSTILE,
        acknowledged_at=OLD,
        acknowledged_by=HOSTILE,
        acknowledged_note=HOSTILE,
    )


def _fail(unit: Unit, minute: int) -> None:
    # Within one transaction, so that no beat sends it before it has ended.
    run = entries.run(minute, of=JOB, params=PARAMS)
    unit.runs.insert([run])
    claim = unit.runs.claim(run.id, owner=entries.OWNER, lease=entries.LEASE)
    assert claim is not None
    unit.runs.finish(claim, State.FAILED, outcome=Outcome.FAILED, error=HOSTILE)
