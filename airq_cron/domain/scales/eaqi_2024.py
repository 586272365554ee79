"""
The European Air Quality Index as revised in 2024: hourly values of everything.

Source: ETC HE Report 2024/17 of the European Environment Agency. It prints whole
numbers (0-5, 6-15, ...) and says nothing of decimals: bounds are taken as upper
ones, included in their band.
"""

from airq_cron.domain.convert import Reference
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.scales.european import SIX_BANDS, level_tables
from airq_cron.domain.scales.scheme import Averaging, Scheme

BOUNDS = {
    Pollutant.PM2_5: "5 15 50 90 140",
    Pollutant.PM10: "15 45 120 195 270",
    Pollutant.O3: "60 100 120 160 180",
    Pollutant.NO2: "10 25 60 100 150",
    Pollutant.SO2: "20 40 125 190 275",
}

EAQI_2024 = Scheme(
    id="eaqi-2024",
    title="European Air Quality Index, 2024",
    source="ETC HE Report 2024/17, European Environment Agency",
    effective="2024",
    reference=Reference.T20,
    counts_levels=True,
    bands=SIX_BANDS,
    tables=level_tables(BOUNDS, dict.fromkeys(BOUNDS, Averaging.H1), SIX_BANDS),
)
