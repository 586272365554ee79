"""Rows that are kept for a time only, as the services see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from airq_cron.domain.run import State


class RowKind(StrEnum):
    """What is kept for a time, each in a table of its own."""

    FIGURES = "telemetry"
    SAMPLES = "samples"
    FLIPS = "flips"
    BREAKER_CHANGES = "breaker_changes"
    LOGIN_LINKS = "login_links"
    SESSIONS = "sessions"
    TOKENS = "expired_tokens"
    ADDRESSES = "token_addresses"
    IDEMPOTENCY_KEYS = "idempotency_keys"


@dataclass(frozen=True, slots=True)
class Expired:
    """
    How much is past its time.

    Attributes:
        oldest: None when there is nothing.
    """

    count: int
    oldest: datetime | None


class Expiring(Protocol):
    """Counts and deletes by age."""

    def count(self, kind: RowKind, before: datetime) -> Expired:
        """Return how many rows are older than *before*."""

    def purge(self, kind: RowKind, before: datetime, limit: int) -> int:
        """Delete at most *limit* of them, oldest first; 0 when none are left."""

    def count_runs(
        self, job: str, *, states: Sequence[State], before: datetime, keep: int
    ) -> Expired:
        """Return how many runs `Runs.purge` would delete."""

    def count_attempts(
        self, job: str, *, states: Sequence[State], before: datetime, keep: int
    ) -> Expired:
        """Return how many attempts would go with those runs, those of parts apart."""
