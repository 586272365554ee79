"""What a drill asks the ledger while it goes on."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, func, select

from airq_cron.domain.run import UNFINISHED, State
from airq_cron.errors import StoreError
from airq_cron.store.ledger_tables import among, jobs, runs
from airq_cron.store.store import SqlStore
from tests.chaos.effects import connection_of

# Three crashes make a run `dead`, and that is meant so: hit none so often.
MOST_CRASHES = 2
T = TypeVar("T")


class DrillLedger:
    """
    The ledger as the harness sees it; a fault may have it away for a moment.

    Attributes:
        first_queued: when the first message of a run was in its queue; the ledger
            keeps only that of the last.
    """

    def __init__(self, store: SqlStore) -> None:
        """Ask *store*."""
        self._store = store
        self.first_queued: dict[str, datetime] = {}

    def has_fragile(self) -> bool:
        """Say whether some unfinished run must not lose its worker once more."""
        return bool(
            self._ask(
                lambda connection: connection.execute(
                    select(func.count())
                    .select_from(runs)
                    .where(
                        among(runs.c.state, UNFINISHED), runs.c.crashes >= MOST_CRASHES
                    )
                ).scalar_one(),
                unknown=1,
            )
        )

    def busy_children(self) -> list[int]:
        """Return the process ids of the children that have a run."""
        held = select(runs.c.owner).where(
            among(runs.c.state, {State.RUNNING}), runs.c.owner.is_not(None)
        )
        owners: list[str] = self._ask(
            lambda connection: list(connection.execute(held).scalars()), unknown=[]
        )
        return sorted(int(owner.rpartition(":")[2]) for owner in owners)

    def note_queued(self) -> None:
        """
        Keep what the ledger forgets when it sends a run again.

        That is 5 s after it was queued at the earliest, so a look every second
        misses nothing.
        """
        queued = select(runs.c.id, runs.c.queued_at).where(
            among(runs.c.state, {State.QUEUED, State.RUNNING}),
            runs.c.queued_at.is_not(None),
        )
        found: list[tuple[str, datetime]] = self._ask(
            lambda connection: [
                (row.id, row.queued_at) for row in connection.execute(queued)
            ],
            unknown=[],
        )
        for run_id, at in found:
            self.first_queued.setdefault(run_id, at)

    def has_planned(self, names: Sequence[str], until: datetime) -> bool:
        """Say whether every fire time of these jobs up to *until* is a run."""
        behind = select(func.count()).where(
            jobs.c.name.in_(names), jobs.c.next_due_at <= until
        )
        return (
            self._ask(
                lambda connection: connection.execute(behind).scalar_one(), unknown=1
            )
            == 0
        )

    def count_unfinished(self) -> int:
        """Return how many runs have not ended; one more when it cannot be said."""
        unfinished = select(func.count()).select_from(runs)
        return self._ask(
            lambda connection: connection.execute(
                unfinished.where(among(runs.c.state, UNFINISHED))
            ).scalar_one(),
            unknown=1,
        )

    def _ask(self, question: Callable[[Connection], T], *, unknown: T) -> T:
        try:
            with self._store.read() as unit:
                return question(connection_of(unit))
        except StoreError:
            return unknown
