"""The health check: what the watcher sees in one look, as sentences to act on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from airq_cron.domain.flip import FlipKind
from airq_cron.errors import AirqError
from airq_cron.ports import Heartbeat, Heartbeats
from airq_cron.services.judge_alerts import Rules, Source
from airq_cron.services.look_around import Finding, missing_roles
from airq_cron.services.watch_parts import PartsWatch

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """
    What a health check asks; each call may fail without harm to the others.

    Attributes:
        rules: the rules of alerts in force.
        defaults: those that hold while nobody can tell.
        heartbeats: who is alive.
    """

    sources: Sequence[Source]
    rules: Callable[[], Rules]
    defaults: Rules
    heartbeats: Callable[[], Sequence[Heartbeat]]


def parts_of(watch: PartsWatch, heartbeats: Heartbeats) -> Parts:
    """Return what a health check asks where *watch* looks."""
    return Parts(watch.sources, watch.rules, watch.defaults, heartbeats.alive)


def check_health(
    watch: PartsWatch, heartbeats: Heartbeats, at: datetime
) -> dict[str, Any]:
    """
    Let *watch* look once, which raises and clears alerts; return what it saw.

    Returns:
        See `tell`.

    Raises:
        StoreError: the database does not answer.
    """
    watch.look(at)
    try:
        alive = heartbeats.alive()
    except (AirqError, OSError):
        # The watch has seen that, too, and says it.
        alive = None
    return tell(watch.found, watch.rules(), alive)


def judge_parts(parts: Parts, at: datetime) -> dict[str, Any]:
    """
    Ask every part and return what is wrong, with the figures behind it.

    Nothing is written. A part that cannot be read is a problem of its own.
    """
    unread: list[str] = []
    rules = _guarded(unread, "the database", parts.rules) or parts.defaults
    looks = [
        _guarded(unread, one.reads, partial(one.look, rules, at))
        for one in parts.sources
    ]
    alive = _guarded([], "heartbeats", parts.heartbeats)
    found = [finding for look in looks if look for finding in look.findings]
    return tell(found, rules, alive, unread)


def tell(
    found: Iterable[Finding],
    rules: Rules,
    alive: Sequence[Heartbeat] | None,
    unread: Iterable[str] = (),
) -> dict[str, Any]:
    """
    Return the result of a check as it is kept.

    Args:
        alive: None when nobody can tell.
        unread: sentences about parts that could not be looked at.

    Returns:
        `state` is `ok` or `degraded`; `problems` are the sentences of alerts, whether
        or not they have been seen often enough to be raised, and which role nobody
        fills; `waiting` by queue; names of `processes`.
    """
    found = list(found)
    problems = [] if alive is None else missing_roles(alive)
    problems += [one.message for one in found if one.holds and rules[one.kind].enabled]
    problems += dict.fromkeys(unread)
    return {
        "state": "degraded" if problems else "ok",
        "problems": problems,
        "waiting": {
            one.subject.partition(":")[2]: one.detail["waiting"]
            for one in found
            if one.kind is FlipKind.QUEUE_BACKLOG
        },
        "processes": sorted(beat.name for beat in alive or []),
    }


def _guarded(unread: list[str], part: str, ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except (AirqError, OSError) as error:
        unread.append(f"{part} cannot be read: {error}")
        return None
