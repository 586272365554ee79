"""What the three generations of the European Air Quality Index share."""

from collections.abc import Mapping
from decimal import Decimal

from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.scales.scheme import Averaging, Band, Beyond, Segment, Table

# The lines are Open-Meteo's scale: 20 a band, and beyond 100 by the last slope.
# The agency publishes bands only.
SCALE_OF_BAND = 20
SIX_BANDS = (
    Band(1, "Good", 1, 1, "#50F0E6", "Enjoy the outdoors as you like."),
    Band(
        2,
        "Fair",
        2,
        2,
        "#50CCAA",
        "Go on as usual; very sensitive people may notice the air.",
    ),
    Band(
        3,
        "Moderate",
        3,
        3,
        "#F0E641",
        "Most can go on as usual; slow down if your throat or breath complains.",
    ),
    Band(
        4,
        "Poor",
        4,
        4,
        "#FF5050",
        "Shorten hard effort outdoors; sensitive people do it another day.",
    ),
    Band(
        5,
        "Very poor",
        5,
        5,
        "#960032",
        "Keep effort outdoors low; sensitive people stay inside.",
    ),
    Band(
        6,
        "Extremely poor",
        6,
        6,
        "#7D2181",
        "Stay inside with windows shut, and put off all effort outdoors.",
    ),
)


def level_tables(
    bounds: Mapping[Pollutant, str],
    averagings: Mapping[Pollutant, Averaging],
    bands: tuple[Band, ...],
) -> tuple[Table, ...]:
    """
    Return the tables of a scheme whose index is the level of the band.

    Args:
        bounds: upper bounds in ug/m3, included in their band, from level 1 on.
            What lies above the last one is in the band that follows, or in the
            last one where none does.
        averagings: of each pollutant.
    """
    return tuple(
        Table(
            pollutant=pollutant,
            averaging=averagings[pollutant],
            unit=Unit.UG_M3,
            step=None,
            segments=_segments([Decimal(bound) for bound in text.split()]),
            beyond=Beyond.SLOPE,
            top=bands[-1].level,
        )
        for pollutant, text in bounds.items()
    )


def _segments(bounds: list[Decimal]) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            level,
            low,
            high,
            SCALE_OF_BAND * (level - 1),
            SCALE_OF_BAND * level,
        )
        for level, (low, high) in enumerate(
            zip([Decimal(0), *bounds], bounds, strict=False), start=1
        )
    )
