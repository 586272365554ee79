"""An alert to store, each test with what it says of it."""

from datetime import date

from airq_cron.domain.flip import Flip, FlipKind
from tests.air_rows import DAWN, HOUR

FLIP = Flip(
    kind=FlipKind.HIGH_AQI,
    key="high_aqi:paris:us-epa-2024:4:2026-03-01",
    condition="high_aqi:paris:us-epa-2024:4",
    subject="location:paris",
    message="The air in Paris is Unhealthy.",
    began_at=DAWN,
    raised_at=DAWN + HOUR,
    location="paris",
    scheme="us-epa-2024",
    category="Unhealthy",
    day=date(2026, 3, 1),
    detail={"pollutant": "pm2_5", "worst": 162.5},
)
