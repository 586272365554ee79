"""Write the audit trail: rows that are numbered and sealed in one order."""

import json
import logging
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from airq_cron.domain.trail import (
    RETENTION,
    START,
    Checkpoint,
    Head,
    Link,
    Walk,
    digest_of,
    mark_of,
    seal_checkpoint,
    seal_row,
)
from airq_cron.errors import ConfigError
from airq_cron.store.engine import dump_document
from airq_cron.store.history_tables import audit, audit_chain, audit_checkpoints
from airq_cron.store.session import Session, insert_into
from airq_cron.store.types import UNSTORABLE, to_epoch_micros

SETTING = "AIRQ_INSTANCE_KEY"
NAME = "audit"
BATCH = 500
SAID = (
    "actor",
    "action",
    "subject",
    "before",
    "after",
    "note",
    "address",
    "request_id",
)
CHECKPOINT = tuple(one.name for one in fields(Checkpoint))
LOG = logging.getLogger("airq.audit")


def write_entries(session: Session) -> None:
    """
    Write what was recorded, each row sealed with the one before.

    Whoever writes to the trail waits for its one row of the chain. So this comes
    last of all: nobody who waits for that row holds it, or locks another after it.

    Raises:
        ConfigError: the trail is sealed with another key than ours.
    """
    if not session.entries:
        return
    head = lock_chain(session)
    key = session.trail_key() if session.trail_key else None
    rows: list[dict[str, Any]] = []
    for entry in session.entries:
        row = {name: _clean(getattr(entry, name)) for name in SAID}
        row |= {"at": entry.at, "calls": entry.calls}
        row_id = head.id + 1
        mac = seal_row(key, head.mac, row_id, content_of(row)) if key else None
        rows.append(row | {"id": row_id, "mac": mac})
        head = Head(row_id, head.mac if mac is None else mac)
    session.entries.clear()
    session.connection.execute(insert(audit), rows)
    _move_head(session, head)


def content_of(row: Any) -> dict[str, Any]:
    """Return all that a row says, in a form that both databases give back alike."""
    said = {name: row[name] for name in (*SAID, "calls")}
    return said | {"at": to_epoch_micros(row["at"])}


def lock_chain(session: Session) -> Head:
    """
    Hold the chain until the commit; return its head. The first one begins it.

    Raises:
        ConfigError: it is sealed with another key than ours.
    """
    found = _find_chain(session, lock=True)
    if found is None:
        _begin(session)
        found = _find_chain(session, lock=True)
        assert found is not None
    mark, head = found
    check_mark(session, mark)
    if session.trail_key and not head.mac:
        # It was begun without a key; what there is so far is stated, not sealed.
        return write_start(session).head
    return head


def check_mark(session: Session, mark: str | None) -> None:
    """Raise ConfigError when the trail is sealed with another key than ours."""
    if session.trail_key and mark and mark != mark_of(session.trail_key()):
        raise ConfigError(
            SETTING,
            "is not the key that seals the audit trail of this database: give that "
            "one on every host, or begin a new chain: airq audit restart",
        )


def find_mark(session: Session) -> str | None:
    """Return the mark of the key that seals the trail; None before there is one."""
    found = _find_chain(session)
    return (found[0] or None) if found else None


def find_head(session: Session) -> Head | None:
    """Return where the chain ends; None before it began."""
    found = _find_chain(session)
    return found[1] if found and found[1].mac else None


def write_start(session: Session, kind: str = START) -> Checkpoint:
    """State which rows are there, and let the chain go on from that with our key."""
    assert session.trail_key is not None
    _begin(session)
    _find_chain(session, lock=True)
    last = session.connection.execute(select(func.max(audit.c.id))).scalar() or 0
    rows, digest = digest_of(links(session, until=last))
    start = _write_checkpoint(
        session, kind=kind, row_id=last, rows=rows, mac="", digest=digest
    )
    _move_head(session, start.head, mark=mark_of(session.trail_key()))
    LOG.info(
        "the audit trail is sealed from row %d on",
        last + 1,
        extra={"action": "audit_start", "head": str(start.head)},
    )
    return start


def write_retention(session: Session, last: Head, rows: int) -> Checkpoint:
    """State that the rows up to *last* were removed."""
    return _write_checkpoint(
        session, kind=RETENTION, row_id=last.id, rows=rows, mac=last.mac, digest=""
    )


def find_checkpoints(session: Session) -> list[Checkpoint]:
    """Return all checkpoints, oldest first."""
    columns = [audit_checkpoints.c[name] for name in CHECKPOINT]
    found = session.connection.execute(
        select(*columns).order_by(audit_checkpoints.c.id)
    )
    return [Checkpoint(**row) for row in found.mappings()]


def links(
    session: Session, *, after: int = 0, until: int | None = None
) -> Iterator[Link]:
    """Yield the rows with ids in (after, until], in order, a few at a time."""
    query = select(audit).order_by(audit.c.id).limit(BATCH)
    if until is not None:
        query = query.where(audit.c.id <= until)
    place: int | None = after
    while place is not None:
        found = session.connection.execute(query.where(audit.c.id > place)).mappings()
        place = None
        for row in found:
            place = row["id"]
            yield Link(row["id"], content_of(row), row["mac"])


def purge(session: Session, last: int) -> int:
    """
    Remove the oldest rows of the trail, up to *last*; return how many.

    Where the chain does not hold, nothing is removed: it would hide that.
    """
    assert session.trail_key is not None
    lock_chain(session)
    base = find_checkpoints(session)[-1].head
    walk = Walk(session.trail_key(), base)
    if not all(map(walk.follow, links(session, after=base.id, until=last))):
        LOG.error(
            "nothing is removed from the audit trail, which is broken: %s",
            walk.broken and walk.broken.reason,
            extra={"action": "audit_broken"},
        )
        return 0
    gone = session.connection.execute(delete(audit).where(audit.c.id <= last))
    write_retention(session, walk.at, gone.rowcount)
    return gone.rowcount


def _find_chain(session: Session, *, lock: bool = False) -> tuple[str, Head] | None:
    query = select(audit_chain).where(audit_chain.c.name == NAME)
    found = session.connection.execute(query.with_for_update() if lock else query)
    row = found.one_or_none()
    return None if row is None else (row.mark, Head(row.row_id, row.mac))


def _begin(session: Session) -> None:
    last = select(func.coalesce(func.max(audit.c.id), 0)).scalar_subquery()
    new = insert_into(audit_chain, on_postgresql=session.on_postgresql)
    values = {"name": NAME, "mark": "", "row_id": last, "mac": ""}
    session.connection.execute(new.values(values).on_conflict_do_nothing())


def _move_head(session: Session, head: Head, **values: str) -> None:
    session.connection.execute(
        update(audit_chain)
        .where(audit_chain.c.name == NAME)
        .values(row_id=head.id, mac=head.mac, **values)
    )


def _write_checkpoint(session: Session, **facts: Any) -> Checkpoint:
    assert session.trail_key is not None
    draft = Checkpoint(at=session.now(), seal="", **facts)
    values = {name: getattr(draft, name) for name in CHECKPOINT}
    values["seal"] = seal_checkpoint(session.trail_key(), draft)
    session.connection.execute(insert(audit_checkpoints).values(values))
    return Checkpoint(**values)


def _clean(value: Any) -> Any:
    """Return *value* as it will be read; what no database takes is replaced."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    return json.loads(dump_document(value))
