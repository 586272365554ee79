"""The SQL database, as the services see it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from airq_cron.domain.run import Claim
from airq_cron.ports.air import Aggregates, Locations, Measurements
from airq_cron.ports.audit import Audit
from airq_cron.ports.backfill import Backfills
from airq_cron.ports.breaker import Breakers
from airq_cron.ports.calls import Calls
from airq_cron.ports.checks import Checks
from airq_cron.ports.expiring import Expiring
from airq_cron.ports.flips import AlertRules, Flips
from airq_cron.ports.idempotency import IdempotencyKeys
from airq_cron.ports.ledger import Jobs, Runs
from airq_cron.ports.logins import Logins
from airq_cron.ports.reported import ReportedIndices, Sources
from airq_cron.ports.traffic import Upstreams

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Token:
    """An API token; only its hash is stored."""

    id: str
    name: str
    role: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class Tokens(Protocol):
    """API tokens by the hash of their secret."""

    def all(self) -> list[Token]:
        """Return all tokens by name."""

    def add(self, token: Token, digest: str) -> None:
        """Insert; raises ConflictError when the name is taken."""

    def find(self, digest: str) -> Token | None:
        """Return the token with this digest, revoked and expired ones too."""

    def get(self, token_id: str) -> Token:
        """Return one token; raises NotFoundError."""

    def touch(self, token_id: str, at: datetime) -> None:
        """Note the last use."""

    def revoke(self, name: str, at: datetime) -> Token | None:
        """Revoke by name; return what it was if it was in force; NotFoundError."""

    def revoke_id(self, token_id: str, at: datetime) -> None:
        """Revoke one; one that is revoked stays so."""


class Unit(Protocol):
    """
    One transaction, with every table of the store behind a name.

    Attributes:
        repeated: an earlier try of the same work may have been committed.
    """

    repeated: bool
    jobs: Jobs
    runs: Runs
    measurements: Measurements
    aggregates: Aggregates
    locations: Locations
    reported: ReportedIndices
    sources: Sources
    tokens: Tokens
    logins: Logins
    audit: Audit
    calls: Calls
    backfills: Backfills
    flips: Flips
    checks: Checks
    expiring: Expiring
    idempotency_keys: IdempotencyKeys
    alert_rules: AlertRules
    breakers: Breakers
    upstreams: Upstreams


class Store(Protocol):
    """The SQL database."""

    def read(self) -> AbstractContextManager[Unit]:
        """Open a transaction that writes nothing."""

    def write(
        self,
        work: Callable[[Unit], T],
        *,
        claim: Claim | None = None,
        patience_s: float | None = None,
    ) -> T:
        """
        Run *work* in a writing transaction and commit it.

        It is run again after a busy database, a lost connection or a
        serialisation error, for at most a minute, so it must be repeatable.
        With *claim*, the transaction first checks that the claim still owns its
        run: all that a run writes goes through here. *patience_s* is instead of
        that minute; 0 is one try.

        Raises:
            LeaseLostError: the claim does not own its run any more.
            StoreError: the database did not come back in time.
        """
