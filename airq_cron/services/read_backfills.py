"""Look at backfills: one, a page of them, or one until it is over."""

from collections.abc import Callable
from datetime import datetime

from airq_cron.domain.backfill import Backfill, Progress
from airq_cron.domain.page import Page, cut_page
from airq_cron.ports import Store


def find_backfills(
    store: Store, *, job: str | None, limit: int, after: tuple[str, ...] | None
) -> Page[Progress]:
    """
    Return backfills with their counts, newest first.

    Args:
        job: only of this job; None means any.
        after: `(created_at, id)` of the last one already seen, as texts.

    Raises:
        ValueError: *after* is not of that form.
    """
    place = None
    if after is not None:
        instant, backfill_id = after
        place = (datetime.fromisoformat(instant), backfill_id)
    with store.read() as unit:
        found = unit.backfills.find(job, limit=limit + 1, after=place)
        page = cut_page(found, limit, _place_of)
        counts = unit.backfills.counts(page.items)
    return Page(tuple(Progress(one, counts[one.id]) for one in page.items), page.after)


def _place_of(backfill: Backfill) -> tuple[str, ...]:
    return backfill.created_at.isoformat(), backfill.id


def read_backfill(store: Store, backfill_id: str) -> Progress:
    """Return one backfill with its counts; raises NotFoundError."""
    with store.read() as unit:
        backfill = unit.backfills.get(backfill_id)
        return Progress(backfill, unit.backfills.counts([backfill])[backfill_id])


def wait_for_backfill(
    store: Store,
    backfill_id: str,
    *,
    pause: Callable[[], None],
    shown: Callable[[Progress], None],
) -> Progress:
    """
    Look again after each *pause* until every run has ended; return how.

    Args:
        shown: is called with what each look found.

    Raises:
        NotFoundError: no such backfill.
    """
    while True:
        found = read_backfill(store, backfill_id)
        shown(found)
        if found.ended >= found.backfill.runs:
            return found
        pause()
