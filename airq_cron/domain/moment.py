"""Instants as people type them: with an offset, or as a local time of a zone."""

import re
from datetime import UTC, datetime

from airq_cron.domain.zone import first_instant, load_zone
from airq_cron.errors import InvalidError

FIRST_YEAR = 1970
LAST_YEAR = 2100
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)([Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)


def read_moment(text: str, zone: str, *, field: str) -> tuple[datetime, ...]:
    """
    Return the instants in UTC that *text* may mean, in order: one, rarely two.

    A local time that clocks skip is the end of the gap, as for a cron rule; one
    that they show twice is two instants.

    Args:
        text: `2026-10-25T00:30:00Z`, or `2026-10-25 02:30` in *zone*.
        field: what an error names.

    Raises:
        InvalidError: it is neither; field *field*.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise InvalidError(
            field, "is neither like 2026-10-25T00:30:00Z nor like 2026-10-25 02:30"
        )
    day, clock, offset = found.groups()
    try:
        wall = datetime.fromisoformat(f"{day}T{clock}{(offset or '').upper()}")
    except ValueError as error:
        raise InvalidError(field, "there is no such instant") from error
    if not FIRST_YEAR <= wall.year < LAST_YEAR:
        raise InvalidError(field, f"must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return (wall.astimezone(UTC),) if offset else _passes(wall, zone)


def _passes(wall: datetime, zone: str) -> tuple[datetime, ...]:
    place = load_zone(zone)
    passes = {wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)}
    shown = [
        one for one in passes if one.astimezone(place).replace(tzinfo=None) == wall
    ]
    return tuple(sorted(shown)) or (first_instant(wall, place),)


def local_text(at: datetime, zone: str) -> str:
    """Return *at* as clocks in *zone* show it: `2026-10-25T02:30:00+02:00`."""
    return at.astimezone(load_zone(zone)).isoformat()
