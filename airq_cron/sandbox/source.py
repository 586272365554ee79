"""Where the sandbox's values come from, and how fast they pass."""

from dataclasses import dataclass
from typing import Protocol

from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import Pollutant

HOUR_S = 3600


class Source(Protocol):
    """
    Values for any place and hour.

    Attributes:
        title: one line for people.
        origin: `synthetic` or `replayed`.
    """

    title: str
    origin: Origin

    def value(
        self, pollutant: Pollutant, lat: float, lon: float, hour: int
    ) -> float | None:
        """
        Return ug/m3 of the hour that begins *hour* hours after 1970, UTC.

        The same question always has the same answer; None is "no value".
        """


@dataclass(frozen=True, slots=True)
class Pace:
    """
    How fast the source's hours pass.

    Stamps are always real hours. At speed 1 each shows the source's hour of the
    same name. At speed 60 the hour under way shows another hour of the source each
    minute, one after the other, and keeps the last of them when it is over; so
    values change as fast as the clients may ask, and the past stands still.
    """

    speed: int = 1

    def source_hour(self, hour: int, at_s: int) -> int:
        """Return which hour of the source *hour* shows at *at_s*, in Unix seconds."""
        present = at_s // HOUR_S
        if hour > present:
            return self.speed * at_s // HOUR_S + hour - present
        last_s = min(at_s, (hour + 1) * HOUR_S - 1)
        return self.speed * last_s // HOUR_S
