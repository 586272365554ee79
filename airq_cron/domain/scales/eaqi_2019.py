"""
The European Air Quality Index of six levels, in use from about 2019 to 2025.

Source: European Environment Agency, web page of the index. Particles are 24-hour
running means of at least 18 hours, gases are hourly. The agency took values above
800 (PM2.5, O3), 1200 (PM10), 1000 (NO2) or 1250 ug/m3 (SO2) for errors; here they
are Extremely poor, because smoke goes further than that.
"""

from airq_cron.domain.convert import Reference
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.scales.european import SIX_BANDS, level_tables
from airq_cron.domain.scales.scheme import Averaging, Scheme

BOUNDS = {
    Pollutant.PM2_5: "10 20 25 50 75",
    Pollutant.PM10: "20 40 50 100 150",
    Pollutant.O3: "50 100 130 240 380",
    Pollutant.NO2: "40 90 120 230 340",
    Pollutant.SO2: "100 200 350 500 750",
}
AVERAGINGS = {
    Pollutant.PM2_5: Averaging.H24,
    Pollutant.PM10: Averaging.H24,
    Pollutant.O3: Averaging.H1,
    Pollutant.NO2: Averaging.H1,
    Pollutant.SO2: Averaging.H1,
}

EAQI_2019 = Scheme(
    id="eaqi-2019",
    title="European Air Quality Index, 2019 (six levels)",
    source="European Environment Agency, page of the index until 2025",
    effective="2019",
    reference=Reference.T20,
    counts_levels=True,
    bands=SIX_BANDS,
    tables=level_tables(BOUNDS, AVERAGINGS, SIX_BANDS),
)
