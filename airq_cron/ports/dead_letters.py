"""Runs that failed for good, and what people do with them, as the services see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from airq_cron.domain.run import Run, State


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which dead letters; None means any; due in [since, until)."""

    job: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Of a run only what a row of many of them shows."""

    job: str
    id: str
    scheduled_for: datetime
    state: State
    finished_at: datetime | None = None


class DeadLetters(Protocol):
    """Whole runs that are `failed` or `dead` and were not discarded."""

    def find_dead_letters(
        self, where: LetterFilter, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[Run]:
        """
        Return dead letters with their attempts, newest scheduled_for first.

        They follow the cursor *after* (time, id).
        """

    def retry(self, ids: Sequence[str]) -> list[Run]:
        """
        Start those that are `failed` or `dead` again; return the runs to publish.

        A run that was split is `running` again, and those of its parts are
        returned that did not succeed; any other is returned itself. Parts and
        runs in another state are left alone. The end that is taken back is taken
        out of the job's counts as well.
        """

    def discard(self, ids: Sequence[str]) -> list[str]:
        """
        Take dead letters off the list; return the ids that were on it.

        Their rows stay, until retention removes them.
        """


class Inquiry(Protocol):
    """What is asked about one fire time, or one run."""

    def at_fire_time(self, job: str, scheduled_for: datetime) -> list[Run]:
        """
        Return the whole runs due then, with attempts, last created first.

        The row of a missed stretch around the instant is one of them.
        """

    def oldest_due(self, job: str) -> datetime | None:
        """Return the first scheduled_for of *job* that the ledger still has."""

    def count_due(self, job: str, since: datetime, until: datetime) -> int:
        """Return how many fire times of the schedule in [since, until) have a row."""

    def parts_of(
        self, run_id: str, *, state: State | None, limit: int, after: int
    ) -> list[Run]:
        """Return the parts of a run by number, from the one after *after* on."""

    def marks(self, jobs: Sequence[str], limit: int) -> Mapping[str, Sequence[Mark]]:
        """
        Return the last *limit* whole runs of each of *jobs*, the oldest first.

        Jobs without any are absent. It is one statement, for at most 400 jobs.
        """
