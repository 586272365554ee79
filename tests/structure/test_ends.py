"""Every end of a run is counted, because there is one way to end it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from airq_cron.domain.run import ENDED
from tests.structure.sources import files, imported_names, tree

STORE = files("airq_cron/store")
SETTLING = Path("airq_cron/store/settling.py")
ENDS = {state.name for state in ENDED}


def users(name: str) -> set[str]:
    """Return the modules of the store that import *name*."""
    return {
        path.stem
        for path in STORE
        for _, found in imported_names(path)
        if found == f"airq_cron.store.{name}"
    }


def ends_written(path: Path) -> Iterator[int]:
    """Yield the lines that give the column `state` one of the ends."""
    for node in ast.walk(tree(path)):
        pairs: list[tuple[str | None, ast.expr]] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "values":
                pairs = [(one.arg, one.value) for one in node.keywords]
        elif isinstance(node, ast.Dict):
            keys = [getattr(key, "value", None) for key in node.keys]
            pairs = list(zip(keys, node.values, strict=True))
        for name, value in pairs:
            inside = {n.attr for n in ast.walk(value) if isinstance(n, ast.Attribute)}
            if name == "state" and inside & ENDS:
                yield value.lineno


def test_runs_are_ended_in_one_place() -> None:
    """No statement elsewhere sets an end; a claim's own is settled beside it."""
    found = [f"{path}:{line}" for path in STORE for line in ends_written(path)]

    assert {str(SETTLING)} == {one.partition(":")[0] for one in found}


def test_whoever_ends_runs_settles_them() -> None:
    """What enters runs that have ended already counts those itself: whole ones."""
    assert {"settling", "entering"} == users("rollup.note_ends")
    assert {"ending"} == users("settling.settle")
