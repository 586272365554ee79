"""The audit trail, as the services see it."""

from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from airq_cron.domain.trail import Checkpoint, Head, Link
from airq_cron.ports.calls import Toll
from airq_cron.ports.expiring import Expired

# Whose calls are added up.
By = Literal["actor", "address"]


@dataclass(frozen=True, slots=True)
class CallOrigin:
    """
    Where a call comes from.

    Attributes:
        address: of the caller, as far as the trusted proxies say; None for what
            did not come over the network.
        request_id: by which the log knows the call.
    """

    address: str | None = None
    request_id: str | None = None


# Set by the API for each request; the store notes it beside what is recorded.
CALL_ORIGIN: ContextVar[CallOrigin | None] = ContextVar("call_origin", default=None)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """
    One change that somebody made, or one attempt that was refused.

    Attributes:
        actor: `token:<name>`, `cli:<user>`, `system` when no person did it, or
            `nobody` for calls without a valid token.
        action: noun and verb, such as `job.pause`; `call.refuse` for refusals.
        subject: noun and name, such as `job:fetch-paris-data`.
        before, after: what was changed, as JSON; None where there was nothing.
        address, request_id: of the call; left out, those of the present one.
        calls: for how many refused calls it stands.
        at, id: given by the store; ids count up without a gap.
        mac: the seal of the chain; None before the chain began.
    """

    actor: str
    action: str
    subject: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    note: str | None = None
    address: str | None = None
    request_id: str | None = None
    calls: int = 1
    at: datetime | None = None
    id: int | None = None
    mac: str | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to list; None means any; the period is [since, until)."""

    subject: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    action: str | None = None


class Audit(Protocol):
    """Who changed what, and when; entries are only ever added."""

    def record(self, entry: AuditEntry) -> None:
        """
        Add *entry*, in the transaction of the change itself.

        It is written, and sealed, as the last thing before the commit.
        """

    def find(
        self, where: AuditFilter, *, limit: int, after: tuple[datetime, int] | None
    ) -> list[AuditEntry]:
        """Return entries, newest first, after the cursor (time, id)."""

    def toll(self, action: str, since: datetime, *, by: By) -> Toll:
        """Return how many calls of *action* were made at *since* or later."""

    def head(self) -> Head | None:
        """Return the last place of the chain; None before it began."""

    def checkpoints(self) -> list[Checkpoint]:
        """Return all checkpoints, oldest first."""

    def links(self, *, after: int = 0, until: int | None = None) -> Iterator[Link]:
        """Yield the rows with ids in (after, until], in order, a few at a time."""

    def restart(self) -> Checkpoint:
        """Begin the chain anew, by a checkpoint over all rows that are there."""

    def count_expired(self, before: datetime) -> Expired:
        """Return how many entries `purge` would remove, again and again."""

    def purge(self, before: datetime, limit: int) -> int:
        """
        Remove the oldest entries that were made before *before*; return how many.

        A checkpoint takes their place. Entries from before the chain go together.
        """
