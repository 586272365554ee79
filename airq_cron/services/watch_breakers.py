"""Raise an alert about a breaker that stays open, and clear it."""

from collections.abc import Sequence
from datetime import datetime

from airq_cron.domain.breaker import BreakerState
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.run import instant_text
from airq_cron.ports import Unit
from airq_cron.services.read_breakers import BreakerLine

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


def watch_breakers(unit: Unit, lines: Sequence[BreakerLine], at: datetime) -> None:
    """
    Write the alerts about *lines*; twice is harmless, because of the flips' keys.

    A breaker that is known to this process alone says nothing about the fleet.
    """
    for line in lines:
        if line.is_local:
            continue
        condition = f"{FlipKind.BREAKER_OPEN}:{line.name}"
        since = open_since(line)
        if since is not None and stays_open(line, at):
            sentence = describe(line)
            unit.flips.put(
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
                )
            )
        elif since is None:
            _clear(unit, condition, line, at)


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
