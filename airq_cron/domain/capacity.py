"""
How much a queue can take, by Little's law.

The law (J. D. C. Little, 1961): the mean number of messages in a system is their
arrival rate times the mean time that each spends there, whatever the distributions
are. Applied to the workers alone, it says how many are busy on average: arrivals a
second times the mean handling, the *offered load*.
"""

from dataclasses import dataclass
from math import ceil

# So soon a backlog is to be gone.
DRAIN_S = 300.0
# Figures at the edge of a whole number are not to need one more worker.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Load:
    """
    What a queue was asked to do, and who does it.

    Attributes:
        arrivals: messages that were published in *observed_s* seconds.
        mean_handling_s: of one execution; None when none was timed.
        workers: processes that take from it, one message each at a time; None
            when nobody knows.
    """

    arrivals: int
    observed_s: float
    mean_handling_s: float | None
    waiting: int
    workers: int | None


@dataclass(frozen=True, slots=True)
class Capacity:
    """
    What a queue is able to do; None is unknown.

    Attributes:
        arrival_rate: messages a second.
        service_rate: messages a second that one worker does.
        offered_load: workers that are busy on average: arrivals a second times
            mean handling.
        utilisation: the share of the workers that these are; from 1 on the
            backlog grows. None without workers.
        workers_needed: to keep up, and to have the backlog gone in 5 minutes.
        keeps_up: whether the backlog shrinks, or stays empty.
        drain_s: until the backlog is gone; None too when it does not shrink.
    """

    arrival_rate: float | None
    service_rate: float | None
    offered_load: float | None
    utilisation: float | None
    workers: int | None
    workers_needed: int | None
    keeps_up: bool | None
    drain_s: float | None


def estimate(load: Load) -> Capacity:
    """Return what the queue of *load* is able to do."""
    arrival_rate = load.arrivals / load.observed_s if load.observed_s > 0 else None
    handling_s = load.mean_handling_s
    offered = None
    needed = None
    if arrival_rate is not None and handling_s is not None:
        offered = arrival_rate * handling_s
        needed = workers_to_drain(arrival_rate, handling_s, load.waiting)
    service_rate = 1 / handling_s if handling_s else None
    keeps_up, drain_s = _drain(load, arrival_rate, service_rate)
    return Capacity(
        arrival_rate=arrival_rate,
        service_rate=service_rate,
        offered_load=offered,
        utilisation=_share(offered, load.workers),
        workers=load.workers,
        workers_needed=needed,
        keeps_up=keeps_up,
        drain_s=drain_s,
    )


def workers_to_drain(
    arrival_rate: float, handling_s: float, waiting: int, within_s: float = DRAIN_S
) -> int:
    """
    Return how many workers keep up and empty a backlog within *within_s*.

    They have to do what waits besides what comes: (arrivals a second + waiting /
    *within_s*) times mean handling. Without anything to do, none.
    """
    busy = (arrival_rate + waiting / within_s) * handling_s
    return ceil(busy - ROUNDING)


def _share(offered: float | None, workers: int | None) -> float | None:
    return None if offered is None or not workers else offered / workers


def _drain(
    load: Load, arrival_rate: float | None, service_rate: float | None
) -> tuple[bool | None, float | None]:
    """Return whether the backlog shrinks, and how long until it is gone."""
    if load.workers == 0:
        return not (load.waiting or arrival_rate), None if load.waiting else 0.0
    if load.waiting == 0 and arrival_rate == 0:
        return True, 0.0
    if load.workers is None or arrival_rate is None or service_rate is None:
        return None, 0.0 if load.waiting == 0 else None
    surplus = load.workers * service_rate - arrival_rate
    if surplus <= 0:
        return False, 0.0 if load.waiting == 0 else None
    return True, load.waiting / surplus
