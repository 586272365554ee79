"""The faults that only we can suffer: those of the ledger and its database."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

from airq_cron.clock import Clock
from tests.chaos.effects import ORDER
from tests.chaos.faults import AGAIN, Faults
from tests.chaos.fleet import Fleet
from tests.chaos.ledger import DrillLedger
from tests.chaos.proxy import BrokerProxy
from tests.integration.nodes import ValkeyProcess
from tests.integration.postgres import PostgresServer

# Longer than beats and lease keepers wait for a write, which is 3 s.
HOLD_S = 5.0
OBEYED_WITHIN_S = 3.0
DATABASE_DOWN_S = 0.5
# These cost a run an attempt, and the third would make it `dead`.
COSTS_AN_ATTEMPT = {"kill_child", "kill_worker", "freeze_worker"}


class OwnFaults(Faults):
    """All faults: also a writer that stands still, and a database that restarts."""

    def __init__(
        self,
        fleet: Fleet,
        valkey: ValkeyProcess,
        proxy: BrokerProxy,
        clock: Clock,
        *,
        ledger: DrillLedger,
        data: Path,
        postgres: PostgresServer | None,
    ) -> None:
        """Hurt *fleet*, whose data directory is *data*."""
        super().__init__(fleet, valkey, proxy, clock)
        self._ledger = ledger
        self._order = data / ORDER
        self._postgres = postgres
        self.again = AGAIN | {"freeze_writer": 1}
        if postgres is not None:
            self.again["restart_database"] = 1

    def kinds(self) -> dict[str, Callable[[Random], bool]]:
        """Return every kind by name; each says whether it has happened."""
        kinds = {**super().kinds(), "freeze_writer": self._freeze_writer}
        if self._postgres is not None:
            kinds["restart_database"] = self._restart_database
        return kinds

    def may(self, kind: str) -> bool:
        """
        Say whether *kind* may happen now.

        No run loses its worker three times, and a process that starts while the
        database is down ends with exit code 2, as documented.
        """
        if kind in COSTS_AN_ATTEMPT and self._ledger.has_fragile():
            return False
        if kind == "restart_database" and not self.fleet.is_up():
            return False
        return super().may(kind)

    def _kill_child(self, random: Random) -> bool:
        """Kill a child that has a run, where there is one."""
        busy = set(self._ledger.busy_children())
        children = self.fleet.children()
        chosen = [one for one in children if one.pid in busy] or children
        if not chosen:
            return False
        with suppress(ProcessLookupError):
            os.kill(random.choice(chosen).pid, signal.SIGKILL)
        return True

    def _freeze_writer(self, random: Random) -> bool:
        """Stop the child that is the next to write, before it commits."""
        del random
        self._order.touch()
        deadline = self._clock.monotonic() + OBEYED_WITHIN_S
        while (child := self.fleet.stopped_child()) is None:
            if self._clock.monotonic() > deadline:
                self._order.unlink(missing_ok=True)
                return False
            self._clock.wait(0.02)

        def thaw() -> None:
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGCONT)

        self.last(HOLD_S, "freeze_writer", thaw)
        return True

    def _restart_database(self, random: Random) -> bool:
        """Cut every connection, as a crash of the server does."""
        del random
        assert self._postgres is not None
        self._postgres.crash()
        self.last(DATABASE_DOWN_S, "restart_database", self._postgres.start)
        return True
