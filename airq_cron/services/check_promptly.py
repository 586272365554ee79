"""Do the health check while somebody waits for it: in three seconds, come what may."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any, TypeVar

from airq_cron.errors import AirqError
from airq_cron.ports import Check, Store
from airq_cron.services.check_health import Parts, judge_parts
from airq_cron.services.judge_alerts import Look, Rules, Source

T = TypeVar("T")
ASKING_S = 2.0
KEEPING_S = 0.8
# So long the rules that people changed are waited for.
KNOWING_S = 0.5
# A part that hangs keeps its thread; further checks go past it.
THREADS = 24


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
        parts: gives what is asked, at the first check.
    """

    def __init__(self, store: Store, parts: Callable[[], Parts]) -> None:
        self._store = store
        self._parts = cache(parts)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="check")

    def check(self, at: datetime, *, by: str) -> PromptCheck:
        """
        Look at every part and keep the result; nothing else is changed.

        What does not answer is a problem in the result, not an error.
        """
        parts = self._parts()
        rules = self._pool.submit(parts.rules)

        def known() -> Rules:
            try:
                return rules.result(KNOWING_S)
            except (AirqError, OSError, TimeoutError):
                # That the database does not answer is told by those that ask it.
                return parts.defaults

        looks = [
            self._pool.submit(partial(_look, one, known, at)) for one in parts.sources
        ]
        heartbeats = self._pool.submit(parts.heartbeats)
        asked: list[Future[Any]] = [*looks, heartbeats]
        wait(asked, timeout=ASKING_S)
        sources = [
            replace(source, look=_settled_look(look))
            for source, look in zip(parts.sources, looks, strict=True)
        ]
        answered = replace(
            parts, sources=sources, rules=known, heartbeats=_settled(heartbeats)
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


def _look(source: Source, rules: Callable[[], Rules], at: datetime) -> Look:
    return source.look(rules(), at)


def _settled_look(asked: "Future[Look]") -> Callable[[Rules, datetime], Look]:
    give = _settled(asked)
    return lambda _rules, _at: give()


def _settled(asked: "Future[T]") -> Callable[[], T]:
    """Return a call that gives the answer, or raises if there is none by now."""

    def give() -> T:
        if not asked.done():
            asked.cancel()
            raise AirqError(f"no answer within {ASKING_S:g} s")
        return asked.result()

    return give
