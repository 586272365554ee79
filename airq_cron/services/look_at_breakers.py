"""
Look at breakers, for alerts: which have opened by themselves, and which stay open.

What a person opened raises nothing: who did it knows, it is audited, and the overview
shows it. If it is forgotten, the alert about old data comes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from airq_cron.domain.breaker import BreakerState
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.run import instant_text
from airq_cron.services.look_around import Finding
from airq_cron.services.read_breakers import BreakerLine

# So many timeouts: that often a probe has failed, or nobody has asked.
LONG = 3
MINUTE = timedelta(minutes=1)
NO_REASON = "no reason is known"


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
    return f"the breaker of {line.name} is {words}{when}: {why or NO_REASON}"


def look_at_breakers(lines: Sequence[BreakerLine], at: datetime) -> Iterator[Finding]:
    """
    Yield for each breaker whether it has opened, and whether it stays open.

    One that is known to this process alone says nothing about the fleet.
    """
    for line in lines:
        known, hold, timeout = line.breaker, line.hold, line.rules.timeout
        since = None if hold else open_since(line)
        long = since is not None and at - since > LONG * timeout
        relief = f"The breaker of {line.name} is closed again"
        if hold is not None:
            relief = f"{hold.by} keeps the breaker of {line.name} open: {hold.reason}"
        opened = opened_finding(line.name, since, known.failures, known.error)
        stuck = replace(
            opened,
            kind=FlipKind.BREAKER_STUCK,
            message=f"The breaker of {line.name} has been open for more than {LONG} "
            f"timeouts of {timeout / MINUTE:g} min{_from(since)}: "
            f"{known.error or NO_REASON}",
        )
        for finding, holds in ((opened, since is not None), (stuck, long)):
            yield replace(
                finding,
                holds=None if line.is_local else holds,
                relief=relief,
                ended_at=None if hold else known.closed_at,
            )


def opened_finding(
    name: str, since: datetime | None, failures: int, error: str | None
) -> Finding:
    """Return what is found of a breaker that has opened by itself."""
    return Finding(
        kind=FlipKind.BREAKER_OPEN,
        subject=f"breaker:{name}",
        holds=True,
        message=f"The breaker of {name} has opened{_from(since)}, after {failures} "
        f"failures: {error or NO_REASON}",
        relief="",
        detail={"failures": failures, "last_error": error},
        since=since,
    )


def _from(since: datetime | None) -> str:
    return "" if since is None else f", at {instant_text(since)}"
