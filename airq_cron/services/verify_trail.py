"""Follow the chain of the audit trail, and begin it anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from airq_cron.domain.trail import Break, Checkpoint, Head, Walk
from airq_cron.ports import AuditEntry, Store, Unit


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What following the chain came to.

    Attributes:
        rows: how many sealed rows hold, from the checkpoint on.
        start: the checkpoint from which it was followed.
        head: the last row that holds.
        broken: the first place that does not; None when all is well.
    """

    rows: int
    start: Checkpoint | None
    head: Head | None
    broken: Break | None


def verify_trail(store: Store, key: bytes, known: Sequence[Head] = ()) -> Verdict:
    """
    Follow the chain from its last checkpoint to its end, a few rows at a time.

    Args:
        known: heads that were noted elsewhere; those before the checkpoint are
            passed over, as nothing is left of their rows.

    Raises:
        StoreError: the database does not answer.
    """
    while True:
        with store.read() as unit:
            points = unit.audit.checkpoints()
            verdict = _verify(unit, key, points[-1] if points else None, known)
        if verdict.broken is None:
            return verdict
        with store.read() as unit:
            # What retention removed meanwhile is not missing.
            if unit.audit.checkpoints() == points:
                return verdict


def read_head(store: Store) -> Head | None:
    """Return where the chain ends; None before it began."""
    with store.read() as unit:
        return unit.audit.head()


def restart_trail(store: Store, *, by: str, reason: str) -> Checkpoint:
    """
    Begin the chain anew with the present key; what was there before is stated.

    Args:
        by: who asks, as the audit trail names them.
    """

    def restart(unit: Unit) -> Checkpoint:
        start = unit.audit.restart()
        unit.audit.record(
            AuditEntry(
                by, "audit.restart", "audit", after={"rows": start.rows}, note=reason
            )
        )
        return start

    return store.write(restart)


def _verify(
    unit: Unit, key: bytes, start: Checkpoint | None, known: Sequence[Head]
) -> Verdict:
    head = unit.audit.head()
    if start is None:
        return Verdict(0, None, None, _without_start(unit, head, known))
    broken = start.find_break(key, unit.audit.links(until=start.row_id))
    walk = Walk(key, start.head, [one for one in known if one.id > start.row_id])
    if broken is None:
        all(map(walk.follow, unit.audit.links(after=start.row_id)))
        broken = walk.end(head)
    return Verdict(walk.at.id - start.row_id, start, walk.at, broken)


def _without_start(
    unit: Unit, head: Head | None, known: Sequence[Head]
) -> Break | None:
    sealed = next((one for one in unit.audit.links() if one.mac is not None), None)
    if head is None and sealed is None and not known:
        return None
    return Break(sealed.id if sealed else None, "the checkpoint of the chain is gone")
