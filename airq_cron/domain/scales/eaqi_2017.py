"""
The first European Air Quality Index, of five levels.

Source: European Environment Agency, viewer of the index as archived. Its last
bounds were meant to catch errors; what lies above them is Very poor here. Particles
are 24-hour running means, gases are hourly.
"""

from airq_cron.domain.convert import Reference
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.scales.eaqi_2019 import AVERAGINGS
from airq_cron.domain.scales.european import SIX_BANDS, level_tables
from airq_cron.domain.scales.scheme import Scheme

FIVE_BANDS = SIX_BANDS[:5]
BOUNDS = {
    Pollutant.PM2_5: "10 20 25 50 800",
    Pollutant.PM10: "20 35 50 100 1200",
    Pollutant.O3: "80 120 180 240 600",
    Pollutant.NO2: "40 100 200 400 1000",
    Pollutant.SO2: "100 200 350 500 1250",
}

EAQI_2017 = Scheme(
    id="eaqi-2017",
    title="European Air Quality Index, 2017 (five levels)",
    source="European Environment Agency, viewer of the index as archived",
    effective="2017",
    reference=Reference.T20,
    counts_levels=True,
    bands=FIVE_BANDS,
    tables=level_tables(BOUNDS, AVERAGINGS, FIVE_BANDS),
)
