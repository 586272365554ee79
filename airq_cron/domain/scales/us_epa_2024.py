"""
The Air Quality Index of the United States, as revised in May 2024.

Source: EPA-454/B-24-002 (May 2024), Table 6 and footnotes 1 to 4; 40 CFR 58,
Appendix G, as revised by 89 FR 16202. Against 2012 the table of PM2.5 changed, and
the two rows of Hazardous became one. The document's example of 0.162 ppm of ozone
prints 148; its own equation gives 147.49, hence 147.
"""

from decimal import Decimal

from airq_cron.domain.convert import Reference
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.scales.scheme import (
    Averaging,
    Band,
    Beyond,
    Scheme,
    Segment,
    Table,
)

BANDS = (
    Band(1, "Good", 0, 50, "#00E400", "Enjoy the outdoors; the air is clean."),
    Band(
        2,
        "Moderate",
        51,
        100,
        "#FFFF00",
        "Fine for most; if the air often troubles you, take long efforts slowly.",
    ),
    Band(
        3,
        "Unhealthy for Sensitive Groups",
        101,
        150,
        "#FF7E00",
        "Children, older people and those with heart or lung disease "
        "should shorten hard effort outdoors.",
    ),
    Band(
        4,
        "Unhealthy",
        151,
        200,
        "#FF0000",
        "Everyone should cut down hard effort outdoors; sensitive people avoid it.",
    ),
    Band(
        5,
        "Very Unhealthy",
        201,
        300,
        "#8F3F97",
        "Move activity indoors; sensitive people stay inside and rest.",
    ),
    Band(
        6,
        "Hazardous",
        301,
        None,
        "#7E0023",
        "Stay inside with windows shut, and wear a filtering mask if you must go out.",
    ),
)


def _table(
    pollutant: Pollutant,
    averaging: Averaging,
    unit: Unit,
    step: str,
    rows: str,
    beyond: Beyond = Beyond.SLOPE,
) -> Table:
    """Read *rows*: one `low-high` a band from Good on, a dot where it has none."""
    segments = []
    for band, row in zip(BANDS, rows.split(), strict=False):
        if row != ".":
            low, high = (Decimal(end) for end in row.split("-"))
            # Hazardous has no end, but its line is drawn up to 500.
            top = band.high or 500
            segments.append(Segment(band.level, low, high, band.low, top))
    last = segments[-1].level
    return Table(
        pollutant, averaging, unit, Decimal(step), tuple(segments), beyond, last
    )


TABLES = (
    _table(
        Pollutant.PM2_5,
        Averaging.H24,
        Unit.UG_M3,
        "0.1",
        "0.0-9.0 9.1-35.4 35.5-55.4 55.5-125.4 125.5-225.4 225.5-325.4",
    ),
    _table(
        Pollutant.PM10,
        Averaging.H24,
        Unit.UG_M3,
        "1",
        "0-54 55-154 155-254 255-354 355-424 425-604",
    ),
    # Above 0.200 ppm the 8-hour mean says nothing: the 1-hour mean decides.
    _table(
        Pollutant.O3,
        Averaging.H8,
        Unit.PPM,
        "0.001",
        "0.000-0.054 0.055-0.070 0.071-0.085 0.086-0.105 0.106-0.200",
        Beyond.NONE,
    ),
    _table(
        Pollutant.O3,
        Averaging.H1,
        Unit.PPM,
        "0.001",
        ". . 0.125-0.164 0.165-0.204 0.205-0.404 0.405-0.604",
    ),
    _table(
        Pollutant.CO,
        Averaging.H8,
        Unit.PPM,
        "0.1",
        "0.0-4.4 4.5-9.4 9.5-12.4 12.5-15.4 15.5-30.4 30.5-50.4",
    ),
    # From 305 ppb the 24-hour mean decides; until it reaches 305 the index is 200.
    _table(
        Pollutant.SO2,
        Averaging.H1,
        Unit.PPB,
        "1",
        "0-35 36-75 76-185 186-304",
        Beyond.HOLD,
    ),
    _table(Pollutant.SO2, Averaging.H24, Unit.PPB, "1", ". . . . 305-604 605-1004"),
    _table(
        Pollutant.NO2,
        Averaging.H1,
        Unit.PPB,
        "1",
        "0-53 54-100 101-360 361-649 650-1249 1250-2049",
    ),
)

US_EPA_2024 = Scheme(
    id="us-epa-2024",
    title="US Air Quality Index, 2024",
    source="EPA-454/B-24-002 (May 2024), Table 6; 40 CFR 58, Appendix G",
    effective="2024-05-06",
    reference=Reference.T25,
    counts_levels=False,
    bands=BANDS,
    tables=TABLES,
)
