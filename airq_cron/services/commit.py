"""Commit work that finds nothing left to do when it is repeated."""

from collections.abc import Callable
from typing import TypeVar

from airq_cron.ports import Store, Unit

T = TypeVar("T")


def commit_changes(store: Store, work: Callable[[Unit], list[T]]) -> list[T]:
    """
    Do *work* in a transaction and return what it changed.

    The answer to a commit may be lost, and the work be done again; then it finds
    its own changes and makes none, and those of the earlier try are returned.
    """
    tries: list[list[T]] = []

    def once(unit: Unit) -> list[T]:
        changed = work(unit)
        if unit.repeated and not changed:
            return tries[-1]
        tries.append(changed)
        return changed

    return store.write(once)
