"""Settle the attempts of processes that ended without saying how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from airq_cron.domain.run import Outcome
from airq_cron.ports import Store, Unit
from airq_cron.services.execute import fail_attempt
from airq_cron.services.pause import pause_failing
from airq_cron.services.sweep import crash_limit


@dataclass(frozen=True, slots=True)
class Death:
    """
    The end of the process that ran an attempt.

    Attributes:
        owner: `<worker>:<child pid>`.
        limit_s: the hard time limit for which it was ended; None when it died.
    """

    run_id: str
    owner: str
    limit_s: float | None = None


def settle_deaths(
    store: Store,
    deaths: Sequence[Death],
    *,
    chance: Callable[[], float],
    recover: bool = True,
) -> list[str]:
    """
    Record each attempt as `crashed`, or as `time_limit`, which counts as an error.

    Attempts that have ended already, and runs that others hold by now, are left
    alone, so a repetition is harmless. What is to be sent again, and what waited
    for the end of these runs, is the sweeper's.

    Args:
        chance: draws a number in [0, 1) for the jitter of the next attempt.
        recover: whether a run that has crashed starts again; see `sweep`.

    Returns:
        The ids of the runs whose attempts were recorded.
    """
    draws = [chance() for _ in deaths]
    limit = crash_limit(recover=recover)

    def work(unit: Unit) -> list[str]:
        return [
            death.run_id
            for death, draw in zip(deaths, draws, strict=True)
            if _settle(unit, death, draw, limit)
        ]

    return store.write(work)


def _settle(unit: Unit, death: Death, draw: float, limit: int) -> bool:
    claim = unit.runs.held(death.run_id, owner=death.owner)
    if claim is None:
        return False
    if death.limit_s is None:
        worker = death.owner.rpartition(":")[0]
        unit.runs.crash([death.run_id], worker=worker, limit=limit)
        pause_failing(unit)
    else:
        text = f"TimeLimitExceeded: ended after {death.limit_s:g} s"
        fail_attempt(unit, claim, Outcome.TIME_LIMIT, text, draw=draw)
    return True
