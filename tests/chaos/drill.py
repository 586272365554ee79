"""One drill: load, one fault after another, and the time until all is closed."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from airq_cron.clock import Clock
from tests.chaos.faults import Faults

LONG = os.environ.get("AIRQ_CHAOS") == "long"  # noqa: TID251
ROUND_S = 90.0
ROUNDS = 2 if LONG else 1
# Nothing happens in the first seconds, nor right before the load ends.
CALM_S = 4.0
GLANCE_S = 0.1
SEED = 20261025


@dataclass(frozen=True)
class Span:
    """The load of a drill went from *since* to *until*."""

    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        """How long the load lasted."""
        return (self.until - self.since).total_seconds()


def let_happen(
    faults: Faults,
    clock: Clock,
    since: datetime,
    *,
    rounds: int,
    each_second: Callable[[], None] = lambda: None,
) -> Span:
    """
    Let every fault of the plan happen, evenly over the time, while the load lasts.

    The order is that of the plan; what may not happen at its turn is overtaken.
    """
    random = Random(SEED)
    plan = faults.plan(random, rounds)
    step = (rounds * ROUND_S - 2 * CALM_S) / len(plan)
    began = clock.monotonic()
    happen_at = began + CALM_S
    ends_at = began + rounds * ROUND_S
    look_at = began
    while plan or faults.under_way or clock.monotonic() < ends_at:
        faults.fleet.tend()
        faults.heal()
        if clock.monotonic() >= look_at:
            look_at += 1.0
            each_second()
        if plan and clock.monotonic() >= happen_at:
            kind = next((one for one in plan if faults.suffer(one, random)), None)
            if kind is not None:
                plan.remove(kind)
                happen_at += step
        clock.wait(GLANCE_S)
    return Span(since, clock.now())


def closed_after_s(
    faults: Faults, clock: Clock, is_closed: Callable[[], bool], patience_s: float
) -> float | None:
    """Return the seconds from the last fault until all is closed; None if never."""
    deadline = clock.monotonic() + patience_s
    while not is_closed():
        if clock.monotonic() > deadline:
            return None
        faults.fleet.tend()
        clock.wait(GLANCE_S)
    return round(clock.monotonic() - faults.ended_at, 1)
