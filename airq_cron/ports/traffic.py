"""What keeps us polite: counted calls and calls in flight, and what SQL keeps."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from airq_cron.domain.quota import Refusal, Window


class Gate(Protocol):
    """Lets a call to a provider pass, or says why not."""

    def passing(self, provider: str, tenths: int) -> AbstractContextManager[None]:
        """
        Hold the way for one call.

        Raises:
            QuotaError: its windows have no room, or others are in flight.
        """


class Traffic(Protocol):
    """Calls of short windows, and lanes for calls in flight."""

    def take(
        self, provider: str, asked: Sequence[Window], tenths: int
    ) -> Refusal | None:
        """Count a call in every window, or in none when one has no room."""

    def used(self, provider: str, asked: Sequence[Window]) -> Mapping[str, int]:
        """Return the tenths that count now, by window; changes nothing."""

    def enter(self, lane: str, holder: str, lease: timedelta) -> bool:
        """Take the lane for at most *lease*; say whether it was free."""

    def leave(self, lane: str, holder: str) -> None:
        """Give the lane back, if it is still ours."""

    def is_held(self, lane: str) -> bool:
        """Say whether a call is in flight there."""


@dataclass(frozen=True, slots=True)
class ProviderState:
    """
    What is kept of a provider, so that no flush of Redis loses it.

    Attributes:
        disabled_at: since when nobody asks it, because it refuses us for good.
        reason: what it said.
    """

    name: str
    disabled_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """
    An answer that could not be read, as it was kept.

    Attributes:
        reason: why it could not be read.
        body: its begin, without secrets; *size* is the whole length in bytes.
        id: given by the store.
    """

    provider: str
    at: datetime
    reason: str
    body: str
    size: int
    id: int | None = None


class Upstreams(Protocol):
    """Providers in SQL: disabled ones, calls of long windows, samples."""

    def salt(self) -> str | None:
        """Return what tells this installation from others; None before `set_salt`."""

    def set_salt(self, salt: str) -> None:
        """Set it, unless it is set already."""

    def state(self, provider: str) -> ProviderState:
        """Return what is kept of a provider; an unknown one is enabled."""

    def disable(self, provider: str, reason: str, at: datetime) -> bool:
        """Let nobody ask it any more; say whether that is new."""

    def enable(self, provider: str) -> bool:
        """Let it be asked again; say whether it was disabled."""

    def take(
        self, provider: str, asked: Sequence[Window], tenths: int, at: datetime
    ) -> Refusal | None:
        """Count a call in long windows, or say which one has no room."""

    def used(
        self, provider: str, asked: Sequence[Window], at: datetime
    ) -> Mapping[str, int]:
        """Return the tenths that count at *at*, by window."""

    def keep_sample(self, sample: Sample, *, newest: int) -> None:
        """Keep a sample, and of its provider only the *newest*."""

    def samples(self, provider: str) -> Sequence[Sample]:
        """Return the samples of a provider, newest first."""
