"""The report of a drill: a file for other programs, a table for people."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.chaos.verdict import Verdict

COLUMNS = {
    "due": "due",
    "completed_once": "once",
    "completed_twice": "twice",
    "missing": "missing",
    "resent": "sent again",
    "refused_duplicates": "refused",
    "longest_gap_s": "gap s",
    "closed_after_last_fault_s": "closed s",
    "self_exits": "exits",
}


@dataclass
class Report:
    """
    What this session's drills came to, written anew after each of them.

    Attributes:
        peers: rows of other schedulers, which stand beside every row of ours.
    """

    path: Path
    verdicts: list[Verdict] = field(default_factory=list)
    peers: dict[str, Verdict] = field(default_factory=dict)

    def add(self, verdict: Verdict) -> None:
        """Enter a drill of ours."""
        self.verdicts.append(verdict)
        self._write()

    def add_peer(self, name: str, verdict: Verdict) -> None:
        """Enter the drill of the scheduler *name*."""
        self.peers[name] = verdict
        self._write()

    def as_json(self) -> list[dict[str, Any]]:
        """Return an object for each database."""
        peers = [
            {"name": name, **verdict.as_json()} for name, verdict in self.peers.items()
        ]
        return [verdict.as_json() | {"peers": peers} for verdict in self.verdicts]

    def table(self) -> Table:
        """Return ours and theirs, a row each."""
        table = Table(title="Chaos")
        table.add_column("scheduler", no_wrap=True)
        for heading in ("s", "faults", *COLUMNS.values()):
            table.add_column(heading, justify="right")
        ours = {f"airq-cron, {one.database}": one for one in self.verdicts}
        for name, verdict in (ours | self.peers).items():
            row = verdict.as_json()
            table.add_row(
                name,
                f"{verdict.seconds:.0f}",
                str(sum(verdict.faults.values())),
                *("-" if row[key] is None else f"{row[key]:g}" for key in COLUMNS),
            )
        return table

    def _write(self) -> None:
        if self.verdicts:
            self.path.parent.mkdir(exist_ok=True)
            self.path.write_text(json.dumps(self.as_json(), indent=2) + "\n")
