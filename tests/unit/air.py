"""Air for these tests: measurements by the hour, as short as they can be said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.domain.measurement import Measurement, Origin
from airq_cron.domain.period import HOUR
from airq_cron.domain.pollutant import MICRO, Pollutant, Unit
from airq_cron.store.store import SqlStore


@dataclass(frozen=True)
class Air:
    """One series at one place, and who measured it."""

    provider: str = "open-meteo"
    location: str = "paris"
    pollutant: Pollutant = Pollutant.PM2_5
    origin: Origin = Origin.MODELLED

    def rows(
        self, start: datetime, values: Iterable[float | None], *, step: timedelta = HOUR
    ) -> list[Measurement]:
        """Return a row for each value, one every *step*; None leaves a gap."""
        return [
            Measurement(
                provider=self.provider,
                location=self.location,
                pollutant=self.pollutant,
                valid_from=start + number * step,
                micros=round(value * MICRO),
                unit=Unit.UG_M3,
                origin=self.origin,
                fetched_at=start + number * step + step,
            )
            for number, value in enumerate(values)
            if value is not None
        ]

    def store(
        self,
        store: SqlStore,
        start: datetime,
        values: Iterable[float | None],
        *,
        step: timedelta = HOUR,
        learnt_at: datetime | None = None,
    ) -> None:
        """Store a row for each value; *learnt_at* is when all of them came."""
        rows = self.rows(start, values, step=step)
        if learnt_at is not None:
            rows = [_learnt(row, learnt_at) for row in rows]
        store.write(lambda unit: unit.measurements.upsert(rows))


def _learnt(row: Measurement, at: datetime) -> Measurement:
    return Measurement(
        row.provider, row.location, row.pollutant, row.valid_from, row.micros,
        row.unit, row.origin, at, row.quality,
    )  # fmt: skip
