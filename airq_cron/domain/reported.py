"""Indices as a provider reports them, never mixed with those we compute."""

from dataclasses import dataclass
from datetime import datetime

from airq_cron.domain.pollutant import Pollutant

HIGHEST_INDEX = 9999
# Whose terms a person has read, and found that answers may be passed on.
SERVABLE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReportedIndex:
    """
    One index in the provider's own words.

    The provider does not say which table it used, and may change it without a
    word. So it is never turned into a concentration, and never compared with a
    scheme of ours.

    Attributes:
        scheme: the provider's name for it, such as `aqius`.
        main_pollutant: None where it names none, or none of ours.
        valid_at: the instant it is for, as reported; aware, UTC.
        fetched_at: when we learnt it; an older one never replaces a newer one.
        place: where the provider says that it is, such as its nearest city.
        distance_m: from the location to that place; None when unknown.
    """

    provider: str
    location: str
    scheme: str
    value: int
    main_pollutant: Pollutant | None
    valid_at: datetime
    fetched_at: datetime
    place: str = ""
    distance_m: int | None = None

    @property
    def may_serve(self) -> bool:
        """Whether the provider's terms surely allow to pass it on to others."""
        return self.provider in SERVABLE


def index_refusal(value: object) -> str | None:
    """Return why *value* cannot be an index, or None when it can."""
    if type(value) is not int:
        return "not a whole number"
    if not 0 <= value <= HIGHEST_INDEX:
        return f"not within 0 and {HIGHEST_INDEX}"
    return None
