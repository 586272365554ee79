"""Do the health check while somebody waits for it: in three seconds, come what may."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from airq_cron.errors import AirqError
from airq_cron.ports import Check, Store
from airq_cron.services.check_health import Parts, judge_parts

T = TypeVar("T")
ASKING_S = 2.0
KEEPING_S = 0.8
# A part that hangs keeps its thread; further checks go past it.
THREADS = 10


@dataclass(frozen=True, slots=True)
class PromptCheck:
    """
    A check and whether it is kept.

    Attributes:
        kept: false when the database did not say so in time.
    """

    check: Check
    kept: bool


class CheckDesk:
    """
    Asks all parts at once, and waits for none longer than two seconds.

    Args:
        parts: gives what is to be asked at an instant.
    """

    def __init__(self, store: Store, parts: Callable[[datetime], Parts]) -> None:
        self._store = store
        self._parts = parts
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="check")

    def check(self, at: datetime, *, by: str) -> PromptCheck:
        """
        Look at every part and keep the result; nothing else is changed.

        What does not answer is a problem in the result, not an error.
        """
        parts = self._parts(at)
        queues = self._pool.submit(parts.queues)
        heartbeats = self._pool.submit(parts.heartbeats)
        breakers = self._pool.submit(parts.breakers)
        ledger = self._pool.submit(parts.ledger)
        asked: list[Future[Any]] = [queues, heartbeats, breakers, ledger]
        wait(asked, timeout=ASKING_S)
        answered = Parts(
            _settled(queues), _settled(heartbeats), _settled(breakers), _settled(ledger)
        )
        check = Check(at, None, by, judge_parts(answered, at))
        return PromptCheck(check, self._keep(check))

    def _keep(self, check: Check) -> bool:
        keeping = self._pool.submit(
            self._store.write, lambda unit: unit.checks.put(check)
        )
        wait((keeping,), timeout=KEEPING_S)
        if not keeping.done():
            keeping.cancel()
            return False
        return keeping.exception() is None


def _settled(asked: "Future[T]") -> Callable[[], T]:
    """Return a call that gives the answer, or raises if there is none by now."""

    def give() -> T:
        if not asked.done():
            asked.cancel()
            raise AirqError(f"no answer within {ASKING_S:g} s")
        return asked.result()

    return give
