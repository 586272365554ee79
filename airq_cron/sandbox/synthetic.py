"""
A model of city air that needs no data: plausible, deterministic, and not real.

The value of a pollutant at a grid cell of 0.1 degrees and an hour is the product of

- the place: a constant between 0.6 and 1.6, drawn from the coordinates;
- the weather: smooth noise with knots every 60 and every 11 hours, between 0.5 and
  2.1, the same for all pollutants of a place, since still air keeps them all;
- the clock: traffic at 8 and 18:30 by the sun, half of it at weekends; a flat layer
  of air before dawn, which keeps particles; sunlight at 14:30, which makes ozone;
- the season: more of everything but ozone in winter, stronger far from the equator;
- the hour: 5 % of noise.

Ozone falls with traffic and rises with the sun; PM10 is PM2.5 and some dust. Values
are rounded to 0.1 ug/m3 and kept in `RANGES`. All noise is a hash of place, name and
hour: the same hour always has the same value, on every machine.
"""

import math
from functools import lru_cache
from hashlib import blake2b

from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import Pollutant

RANGES: dict[Pollutant, tuple[float, float]] = {
    Pollutant.PM2_5: (1.0, 250.0),
    Pollutant.PM10: (2.0, 400.0),
    Pollutant.O3: (1.0, 240.0),
    Pollutant.NO2: (1.0, 250.0),
    Pollutant.SO2: (0.1, 120.0),
    Pollutant.CO: (60.0, 3000.0),
}
HOURS_A_YEAR = 8765.82
THURSDAY = 3


class Synthetic:
    """The model of this module as a source."""

    origin = Origin.SYNTHETIC
    title = "a synthetic model"

    def value(
        self, pollutant: Pollutant, lat: float, lon: float, hour: int
    ) -> float | None:
        """Return the model's value, in ug/m3; there always is one."""
        return _hour(round(lat, 1), round(lon, 1), hour)[pollutant]


@lru_cache(maxsize=32_768)
def _hour(lat: float, lon: float, hour: int) -> dict[Pollutant, float]:
    """Return all pollutants of one hour at one grid cell."""
    place = f"{lat:.1f} {lon:.1f}"
    solar = hour + lon / 15
    traffic, winter = _traffic(solar), _winter(lat, hour)
    still = (0.6 + _share(place, "place", 0)) * _stillness(place, hour)
    flat_layer = 1 + 0.25 * math.cos((solar - 4) * math.pi / 12)
    sun = max(0.0, math.cos((solar - 14.5) * math.pi / 12))
    raw = {
        Pollutant.PM2_5: still * flat_layer * (9 + 4 * traffic) * (1 + 0.35 * winter),
        Pollutant.O3: 42 + 62 * sun * (1 - 0.5 * winter) - 9 * still * traffic,
        Pollutant.NO2: still * (8 + 24 * traffic) * (1 + 0.2 * winter),
        Pollutant.SO2: still * (1.2 + traffic) * (1 + 0.4 * winter),
        Pollutant.CO: still * (150 + 190 * traffic) * (1 + 0.3 * winter),
    }
    for pollutant, value in raw.items():
        noise = 2 * _share(place, pollutant.value, hour) - 1
        raw[pollutant] = value * (1 + 0.05 * noise)
    dust = 1.5 + 0.35 * _smooth(place, "dust", hour, 30)
    raw[Pollutant.PM10] = dust * raw[Pollutant.PM2_5] + 2
    return {
        pollutant: round(min(max(raw[pollutant], low), high), 1)
        for pollutant, (low, high) in RANGES.items()
    }


def _traffic(solar: float) -> float:
    """Return 0 to about 1 by the sun's hour, half of it on Saturday and Sunday."""
    day, hour = divmod(solar, 24)
    weekend = (int(day) + THURSDAY) % 7 >= 5
    both = _peak(hour, 8.0, 1.8) + _peak(hour, 18.5, 2.6)
    return both * (0.5 if weekend else 1.0)


def _peak(hour: float, centre: float, width: float) -> float:
    return math.exp(-(((hour - centre) / width) ** 2))


def _winter(lat: float, hour: int) -> float:
    """Return 1 in the middle of the winter of *lat*, -1 in summer, 0 at the equator."""
    strength = max(-1.0, min(1.0, lat / 45))
    return strength * math.cos(2 * math.pi * (hour / HOURS_A_YEAR - 0.04))


def _stillness(place: str, hour: int) -> float:
    slow = 2 * _smooth(place, "weather", hour, 60) - 1
    quick = 2 * _smooth(place, "wind", hour, 11) - 1
    return math.exp(0.5 * slow + 0.22 * quick)


def _smooth(place: str, name: str, hour: int, every: int) -> float:
    """Return 0 to 1 between the knots before and after *hour*, without corners."""
    knot, rest = divmod(hour, every)
    share = rest / every
    share = share * share * (3 - 2 * share)
    before, after = _share(place, name, knot), _share(place, name, knot + 1)
    return before + (after - before) * share


@lru_cache(maxsize=65_536)
def _share(place: str, name: str, knot: int) -> float:
    """Return 0 to 1, as good as random, from its arguments alone."""
    digest = blake2b(f"{place} {name} {knot}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / (1 << 48)
