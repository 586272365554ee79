"""Raise an alert about a breaker that stays open, and clear it."""

import logging
from collections.abc import Sequence
from datetime import datetime

from airq_cron.domain.breaker import BreakerChange, BreakerState
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.run import instant_text
from airq_cron.ports import Unit
from airq_cron.services.alert_rules import raise_alert
from airq_cron.services.read_breakers import BreakerLine, Desk

LOG = logging.getLogger("airq.breaker")
# So many timeouts: that often a probe has failed, or nobody has asked.
LONG = 3


def stays_open(line: BreakerLine, at: datetime) -> bool:
    """Say whether the breaker has been open for longer than three timeouts."""
    since = open_since(line)
    return since is not None and at - since > LONG * line.rules.timeout


def open_since(line: BreakerLine) -> datetime | None:
    """Return since when nobody is asked as usual; None when it is closed."""
    if line.state is BreakerState.CLOSED:
        return None
    return line.hold.opened_at if line.hold else line.breaker.opened_at


def describe(line: BreakerLine) -> str:
    """Return a sentence about a breaker that is not closed."""
    since = open_since(line)
    words = line.state.value.lower().replace("_", " ")
    when = "" if since is None else f" since {instant_text(since)}"
    why = line.hold.reason if line.hold else line.breaker.error
    return f"the breaker of {line.name} is {words}{when}: {why or 'no reason is known'}"


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


def watch_breakers(unit: Unit, lines: Sequence[BreakerLine], at: datetime) -> None:
    """
    Write the alerts about *lines*, and close what people opened until now.

    Twice is harmless: flips have keys, and what is dropped is not there any more.

    A breaker that is known to this process alone says nothing about the fleet.
    """
    for line in lines:
        if line.is_local:
            continue
        _expire(unit, line, at)
        condition = f"{FlipKind.BREAKER_OPEN}:{line.name}"
        since = open_since(line)
        if since is not None and stays_open(line, at):
            sentence = describe(line)
            raise_alert(
                unit,
                Flip(
                    kind=FlipKind.BREAKER_OPEN,
                    key=f"{condition}:{instant_text(since)}",
                    condition=condition,
                    subject=f"breaker:{line.name}",
                    message=sentence[0].upper() + sentence[1:] + ".",
                    began_at=since,
                    raised_at=at,
                    detail={
                        "failures": line.breaker.failures,
                        "last_error": line.breaker.error,
                    },
                ),
            )
        elif since is None:
            _clear(unit, condition, line, at)


def _expire(unit: Unit, line: BreakerLine, at: datetime) -> None:
    hold = unit.breakers.hold(line.name)
    if hold is None or hold.expires_at is None or hold.holds(at):
        return
    unit.breakers.drop_hold(line.name)
    unit.breakers.note(
        BreakerChange(
            *(line.name, hold.expires_at, BreakerState.OPEN, line.breaker.state),
            reason="the time is over for which it was opened",
            failures=line.breaker.failures,
        )
    )


def _clear(unit: Unit, condition: str, line: BreakerLine, at: datetime) -> None:
    flip = unit.flips.open_flip(condition)
    if flip is not None:
        ended_at = line.breaker.closed_at or at
        minutes = max(1, int((ended_at - flip.began_at).total_seconds() // 60))
        unit.flips.clear(
            flip.id,
            ended_at=ended_at,
            message=f"The breaker of {line.name} is closed again; it was open for "
            f"{minutes} min.",
        )
