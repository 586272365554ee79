"""Record in the audit trail that a call was refused."""

from airq_cron.ports import AuditEntry, Store

REFUSED = "call.refuse"


def record_refusal(store: Store, actor: str, what: str, reason: str) -> None:
    """
    Record one refused call; where it came from is noted beside it.

    Args:
        actor: who asked, as the audit trail names them.
        what: method and path.
    """
    entry = AuditEntry(actor, REFUSED, what, note=reason)
    store.write(lambda unit: unit.audit.record(entry))
