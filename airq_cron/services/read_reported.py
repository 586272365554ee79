"""Read what providers say of a place beside concentrations."""

from datetime import datetime

from airq_cron.domain.page import Page, cut_page
from airq_cron.domain.reported import ReportedIndex
from airq_cron.domain.source import Source
from airq_cron.ports import ReportedKey, Store


def read_reported(
    store: Store, location_id: str, *, limit: int, after: tuple[str, ...] | None = None
) -> Page[ReportedIndex]:
    """
    Return the indices that providers reported for a place, newest first.

    They are never among the indices that we compute. Raises NotFoundError.
    """
    before = None
    if after is not None:
        instant, provider, scheme = after
        before = ReportedKey(datetime.fromisoformat(instant), provider, scheme)
    with store.read() as unit:
        unit.locations.get(location_id)
        found = unit.reported.page(location_id, limit=limit + 1, before=before)
    return cut_page(
        found, limit, lambda row: (row.valid_at.isoformat(), row.provider, row.scheme)
    )


def read_sources(store: Store, location_id: str) -> Page[Source]:
    """
    Return the stations behind a place's readings, by provider and pollutant.

    The station that spoke last comes first. Raises NotFoundError.
    """
    with store.read() as unit:
        unit.locations.get(location_id)
        return Page(tuple(unit.sources.of(location_id)))
