"""The audit trail, as the services see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """
    One change that somebody made.

    Attributes:
        actor: `token:<name>`, `cli:<user>` or `system` when no person did it.
        action: noun and verb, such as `job.pause`.
        subject: noun and name, such as `job:fetch-paris-data`.
        before, after: what was changed, as JSON; None where there was nothing.
        at, id: given by the store.
    """

    actor: str
    action: str
    subject: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    note: str | None = None
    at: datetime | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to list; None means any; the period is [since, until)."""

    subject: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Audit(Protocol):
    """Who changed what, and when; entries are only ever added."""

    def record(self, entry: AuditEntry) -> None:
        """Add *entry*, in the transaction of the change itself."""

    def find(
        self, where: AuditFilter, *, limit: int, after: tuple[datetime, int] | None
    ) -> list[AuditEntry]:
        """Return entries, newest first, after the cursor (time, id)."""
