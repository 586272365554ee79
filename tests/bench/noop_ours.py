"""Our workers' app, with a task of our base class that has no run."""

from typing import Any

from tests.bench.hits import hit
from workers.app import app
from workers.base import RunTask


class NoRun(RunTask):
    """Does nothing, and answers as a run that succeeded."""

    abstract = True

    def __call__(self, *_: Any, **__: Any) -> str:
        """Answer at once: neither ledger nor lease."""
        hit()
        return "succeeded"


@app.task(name="bench.noop", base=NoRun)
def noop() -> None:
    """Do nothing."""


__all__ = ["app", "noop"]
