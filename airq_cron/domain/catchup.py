"""What to do with fire times that are found late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from airq_cron.domain.schedule import Schedule
from airq_cron.errors import InvalidError

Mode = Literal["none", "latest", "all"]

LATE = timedelta(seconds=60)
LARGEST_CAP = 10_000
STRETCH = 100


@dataclass(frozen=True, slots=True)
class Catchup:
    """
    A job's policy for fire times found more than a minute late.

    Attributes:
        mode: `none` drops them; `latest` runs the newest, unless a punctual one
            was found with it; `all` runs every one.
        window: older ones are dropped in any mode; None keeps them.
        cap: under `all`, the newest so many run; None means no bound.

    Raises:
        InvalidError: the field `catchup.mode`, `.window` or `.cap` is wrong.
    """

    mode: Mode = "none"
    window: timedelta | None = None
    cap: int | None = None

    def __post_init__(self) -> None:
        """Refuse what the attributes do not mean."""
        if self.mode not in get_args(Mode):
            raise InvalidError("catchup.mode", "is none of none, latest, all")
        if self.window is not None and self.window <= timedelta():
            raise InvalidError("catchup.window", "must be longer than nothing")
        if self.cap is not None and not 1 <= self.cap <= LARGEST_CAP:
            raise InvalidError("catchup.cap", f"must be from 1 to {LARGEST_CAP}")


@dataclass(frozen=True, slots=True)
class Missed:
    """
    One ledger row of dropped fire times.

    Attributes:
        since: the first of them.
        until: the last of them, included; equals *since* when it is one.
        count: how many they are.
    """

    since: datetime
    until: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What becomes of the fire times in (old cursor, *cursor*], oldest first.

    Attributes:
        run: those that get a run.
        missed: rows for those that were dropped.
        cursor: all fire times up to here, included, are decided.
    """

    run: tuple[datetime, ...]
    missed: tuple[Missed, ...]
    cursor: datetime

    @property
    def last_fire_at(self) -> datetime | None:
        """The newest fire time that was decided; None when there was none."""
        if self.run:
            return self.run[-1]
        return self.missed[-1].until if self.missed else None


def decide(
    fire_times: Sequence[datetime],
    at: datetime,
    catchup: Catchup,
    late: timedelta = LATE,
) -> Decision:
    """
    Return what to run and what to drop of all fire times found at *at*.

    Those at most *late* old always run. Every policy keeps the newest, so what
    is dropped is one stretch: single rows, or one row above 100.

    Args:
        fire_times: ascending, none after *at*.
    """
    first = _first_to_run(fire_times, at, catchup, late)
    return Decision(tuple(fire_times[first:]), _rows(fire_times[:first]), at)


def catch_up(
    schedule: Schedule,
    cursor: datetime,
    at: datetime,
    catchup: Catchup,
    *,
    late: timedelta = LATE,
    limit: int = 10_000,
) -> Decision:
    """
    Decide the fire times in (cursor, at], or the first *limit* of them.

    After a very long outage the returned cursor lies before *at*: call again
    from there. Calls in a row keep and drop what a single one would have, save
    that the window and a cap are judged at each call's own *at*.
    """
    # Enough is seen beyond the limit to know whether newer ones use up the policy.
    beyond = catchup.cap or 1
    found = schedule.between(cursor, at, limit + beyond)
    if len(found) < limit + beyond:
        decision = decide(found, at, catchup, late)
        return Decision(decision.run, decision.missed, max(cursor, at))
    first = _first_to_run(found, at, catchup, late)
    head = found[:limit]
    return Decision(tuple(head[first:]), _rows(head[:first]), head[-1])


def _first_to_run(
    fire_times: Sequence[datetime], at: datetime, catchup: Catchup, late: timedelta
) -> int:
    """Return the index from which on fire times run."""
    overdue = sum(at - fire > late for fire in fire_times)
    if catchup.mode == "none":
        return overdue
    within = 0
    if catchup.window is not None:
        within = sum(at - fire > catchup.window for fire in fire_times[:overdue])
    if catchup.mode == "latest":
        newest = overdue - (overdue == len(fire_times))
        return min(overdue, max(within, newest, 0))
    return max(within, overdue - catchup.cap if catchup.cap else 0)


def _rows(dropped: Sequence[datetime]) -> tuple[Missed, ...]:
    if len(dropped) > STRETCH:
        return (Missed(dropped[0], dropped[-1], len(dropped)),)
    return tuple(Missed(fire, fire, 1) for fire in dropped)
