"""Keep what becomes of breakers, and tidy up after calls and people."""

import logging
from collections.abc import Sequence
from datetime import datetime

from airq_cron.domain.breaker import BreakerChange, BreakerState
from airq_cron.ports import Store, Unit
from airq_cron.services.alert_rules import raise_alert
from airq_cron.services.judge_alerts import flip_of
from airq_cron.services.look_at_breakers import opened_finding
from airq_cron.services.read_breakers import BreakerLine, Desk

LOG = logging.getLogger("airq.breaker")


def keep_change(store: Store, change: BreakerChange, *, is_local: bool) -> None:
    """
    Keep a change that calls made, and raise the alert that a breaker has opened.

    At once, not when somebody looks: it may have closed by then. Clearing is left to
    who looks. Twice is harmless: there is one open alert of a breaker.

    Args:
        is_local: it is this process's own breaker, which says nothing of the fleet.
    """

    def work(unit: Unit) -> None:
        unit.breakers.note(change)
        if change.after is BreakerState.OPEN and not is_local:
            found = opened_finding(
                change.name, change.at, change.failures, change.reason
            )
            raise_alert(unit, flip_of(found, change.at, unit.runs.now()))

    store.write(work)


def look_after(desk: Desk) -> list[BreakerLine]:
    """
    Free the leases of probes that died; return the breakers as they stand then.

    The next call would take such a lease anyway; until one comes, people would see
    a probe that is none.
    """
    for line in desk.lines():
        if line.breaker.holder is not None and desk.storage.tidy(line.name):
            LOG.warning(
                "breaker %s: a probe died", line.name, extra={"action": "freed"}
            )
    return desk.lines()


def end_holds(unit: Unit, lines: Sequence[BreakerLine], at: datetime) -> None:
    """
    Close what people opened until now.

    Twice is harmless: what is dropped is not there any more. A breaker that is known
    to this process alone says nothing about the fleet.
    """
    for line in lines:
        hold = unit.breakers.hold(line.name)
        if hold is None or hold.expires_at is None or hold.holds(at) or line.is_local:
            continue
        unit.breakers.drop_hold(line.name)
        unit.breakers.note(
            BreakerChange(
                *(line.name, hold.expires_at, BreakerState.OPEN, line.breaker.state),
                reason="the time is over for which it was opened",
                failures=line.breaker.failures,
            )
        )
