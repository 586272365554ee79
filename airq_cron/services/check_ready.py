"""Say whether the parts that requests need do answer."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

PATIENCE_S = 2.0


class Readiness:
    """
    Asks every part at once and waits for none longer than two seconds.

    A part that hangs keeps its one thread, and is missing until it lets go.

    Args:
        parts: a call by name that returns if the part answers, else raises.
    """

    def __init__(self, parts: Mapping[str, Callable[[], object]]) -> None:
        self._parts = dict(parts)
        self._pool = ThreadPoolExecutor(len(parts), thread_name_prefix="ready")
        self._asked: dict[str, Future[object]] = {}

    @property
    def names(self) -> list[str]:
        """What is asked, by name."""
        return sorted(self._parts)

    def missing(self) -> dict[str, str]:
        """Return what does not answer, each with the reason; empty is ready."""
        for name, ask in self._parts.items():
            known = self._asked.get(name)
            if known is None or known.done():
                self._asked[name] = self._pool.submit(ask)
        asked = dict(self._asked)
        wait(asked.values(), timeout=PATIENCE_S)
        return {
            name: reason
            for name, answer in asked.items()
            if (reason := _reason(answer)) is not None
        }


def _reason(answer: Future[object]) -> str | None:
    if not answer.done():
        return f"no answer within {PATIENCE_S:g} s"
    error = answer.exception()
    return None if error is None else str(error)
