"""Read the alerts that were raised, open and cleared."""

from datetime import datetime

from airq_cron.domain.flip import Flip
from airq_cron.domain.page import Page, cut_page
from airq_cron.ports import FlipFilter, Store


def find_alerts(
    store: Store, where: FlipFilter, *, limit: int, after: tuple[str, ...] | None
) -> Page[Flip]:
    """
    Return alerts, the last raised first.

    Args:
        after: `(raised_at, id)` of the last one already seen, as texts.

    Raises:
        ValueError: *after* is not of that form.
    """
    place = None
    if after is not None:
        instant, flip_id = after
        place = (datetime.fromisoformat(instant), flip_id)
    with store.read() as unit:
        found = unit.flips.find(where, limit=limit + 1, after=place)
    return cut_page(found, limit, lambda flip: (flip.raised_at.isoformat(), flip.id))


def read_alert(store: Store, alert_id: str) -> Flip:
    """Return one alert; raises NotFoundError."""
    with store.read() as unit:
        return unit.flips.get(alert_id)
