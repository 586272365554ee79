"""What the last health check came to, as the services see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Check:
    """
    One health check.

    Attributes:
        finished_at: aware, UTC.
        run: id of the run that did it; None when somebody asked the API for it.
        by: who asked, or the job.
        result: `state`, `problems`, `waiting` and `processes`.
    """

    finished_at: datetime
    run: str | None
    by: str
    result: Mapping[str, Any]


class Checks(Protocol):
    """Keeps the last health check."""

    def put(self, check: Check) -> None:
        """Replace the last one, unless that is younger."""

    def last(self) -> Check | None:
        """Return the last one; None before the first."""
