"""What a scheme of air quality indices consists of."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from airq_cron.domain.convert import Reference
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import InvalidError


class Averaging(StrEnum):
    """Over how many hours a concentration is a mean; the value is its name."""

    H1 = "1h"
    H8 = "8h"
    H24 = "24h"


class Beyond(StrEnum):
    """What stands above the last segment of a table."""

    SLOPE = "slope"
    HOLD = "hold"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Band:
    """
    One category of a scheme.

    Attributes:
        level: from 1, the best.
        low: first index of the band; *high* is None where it has no end.
        color: of the agency, `#RRGGBB`.
        advice: one sentence, our own words.
    """

    level: int
    category: str
    low: int
    high: int | None
    color: str
    advice: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight line from (low, index_low) to (high, index_high), both included."""

    level: int
    low: Decimal
    high: Decimal
    index_low: int
    index_high: int


@dataclass(frozen=True, slots=True)
class Table:
    """
    How a scheme reads one pollutant and averaging time.

    Attributes:
        step: to which multiple of *unit* a value is cut before it is looked up;
            None reads it as it is.
        segments: by concentration, without gaps.
        top: level of what lies above the last segment.
    """

    pollutant: Pollutant
    averaging: Averaging
    unit: Unit
    step: Decimal | None
    segments: tuple[Segment, ...]
    beyond: Beyond
    top: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """
    A published way to turn concentrations into an index.

    Attributes:
        effective: since when it holds; an ISO date, or its first parts.
        reference: at which mass and mixing ratio of gases are exchanged.
        counts_levels: the index is the band's level; what the lines give is a
            scale of somebody else's, told beside it.
    """

    id: str
    title: str
    source: str
    effective: str
    reference: Reference
    counts_levels: bool
    bands: tuple[Band, ...]
    tables: tuple[Table, ...]

    def table(self, pollutant: Pollutant, averaging: Averaging) -> Table:
        """
        Return the table of this pollutant and averaging time.

        Raises:
            InvalidError: names `pollutant` or `averaging`, and what there is.
        """
        known = []
        for table in self.tables:
            if table.pollutant is pollutant:
                if table.averaging is averaging:
                    return table
                known.append(table.averaging.value)
        if not known:
            raise InvalidError("pollutant", f"{self.id} has no index of {pollutant}")
        means = " or ".join(known)
        raise InvalidError("averaging", f"{self.id} takes {pollutant} over {means}")
