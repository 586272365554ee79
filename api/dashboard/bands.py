"""The band of an index: its colour, its number, its word."""

from dataclasses import dataclass
from typing import Protocol

from ..report_page import band_style
from . import words


class Rated(Protocol):
    """What has a number and a word."""

    @property
    def index(self) -> int | None:
        """The number; None is unknown."""

    @property
    def category(self) -> str | None:
        """The word of the agency."""


@dataclass(frozen=True, slots=True)
class Band:
    """What is shown of an index; *style* is a class of bands.css."""

    style: str
    number: int | None
    word: str


def band_of(scheme: str, rated: Rated | None) -> Band:
    """Return the band of *rated*; what is unknown has no colour."""
    if rated is None or rated.index is None or rated.category is None:
        return Band("unknown", None, words.OVERVIEW.no_band)
    return Band(band_style(scheme, rated.category), rated.index, rated.category)
