"""Read the audit trail."""

from collections.abc import Iterator
from datetime import datetime

from airq_cron.domain.page import Page, cut_page
from airq_cron.ports import AuditEntry, AuditFilter, Store

BATCH = 500


def find_entries(
    store: Store, where: AuditFilter, *, limit: int, after: tuple[str, ...] | None
) -> Page[AuditEntry]:
    """
    Return entries, newest first.

    Args:
        after: `(at, id)` of the last one already seen, as texts.

    Raises:
        ValueError: *after* is not of that form.
    """
    place = None
    if after is not None:
        instant, number = after
        place = (datetime.fromisoformat(instant), int(number))
    with store.read() as unit:
        found = unit.audit.find(where, limit=limit + 1, after=place)
    return cut_page(found, limit, _place)


def all_entries(store: Store, where: AuditFilter) -> Iterator[AuditEntry]:
    """Yield all entries, newest first, a few at a time."""
    after: tuple[str, ...] | None = None
    while True:
        page = find_entries(store, where, limit=BATCH, after=after)
        yield from page.items
        after = page.after
        if after is None:
            return


def _place(entry: AuditEntry) -> tuple[str, ...]:
    assert entry.at is not None
    return entry.at.isoformat(), str(entry.id)
