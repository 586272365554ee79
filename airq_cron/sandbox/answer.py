"""Writes an answer as Open-Meteo does."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airq_cron.sandbox.question import POLLUTANTS, UNITS, Question
from airq_cron.sandbox.source import HOUR_S, Pace, Source

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """
    What goes over the wire.

    Attributes:
        outcome: the name under which it is counted.
        cut: announce this many bytes more than there are, then hang up.
        drip_s: wait so long before each byte.
        drop: hang up instead of answering.
    """

    status: int
    body: bytes
    outcome: str
    content_type: str = JSON_TYPE
    cut: int = 0
    drip_s: float = 0.0
    drop: bool = False


def error_body(reason: str) -> bytes:
    """Return the body that goes with every status above 399."""
    return encode({"error": True, "reason": reason})


def encode(value: Any) -> bytes:
    """Return compact JSON; floats print as the decimal they came from."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the answer to one question."""

    question: Question
    source: Source
    pace: Pace

    def elements(self, *, last_s: int | None = None) -> list[dict[str, Any]]:
        """
        Return one element a place.

        Args:
            last_s: nothing is known after this instant; the hours end there.
        """
        question = self.question
        begin_s = question.begin_s
        end_s = begin_s + question.hours * HOUR_S
        if last_s is not None:
            end_s = min(end_s, last_s + question.whole_offset_s)
        local = range(begin_s, end_s, HOUR_S)
        elements = []
        for index, place in enumerate(question.places):
            element = self._head(place)
            if index:
                element["location_id"] = index
            if question.current:
                self._add_current(element, place)
            if question.hourly:
                self._add_hourly(element, place, local)
            elements.append(element)
        return elements

    def _head(self, place: tuple[float, float]) -> dict[str, Any]:
        return {
            "latitude": round(place[0], 1),
            "longitude": round(place[1], 1),
            "generationtime_ms": 0.0,
            "utc_offset_seconds": self.question.offset_s,
            "timezone": self.question.timezone,
            "timezone_abbreviation": _abbreviation(self.question.offset_s),
            "elevation": 0.0,
        }

    def _add_current(self, element: dict[str, Any], place: tuple[float, float]) -> None:
        names = self.question.current
        present = self.question.now_s // HOUR_S
        local_s = present * HOUR_S + self.question.whole_offset_s
        element["current_units"] = {
            "time": self._time_unit,
            "interval": "seconds",
            **{name: UNITS[name] for name in names},
        }
        element["current"] = {
            "time": self._stamp(local_s),
            "interval": HOUR_S,
            **{name: self._value(name, place, present) for name in names},
        }

    def _add_hourly(
        self, element: dict[str, Any], place: tuple[float, float], local: range
    ) -> None:
        names = self.question.hourly
        first = (local.start - self.question.whole_offset_s) // HOUR_S
        hours = range(first, first + len(local))
        element["hourly_units"] = {
            "time": self._time_unit,
            **{name: UNITS[name] for name in names},
        }
        element["hourly"] = {
            "time": [self._stamp(second) for second in local],
            **{
                name: [self._value(name, place, hour) for hour in hours]
                for name in names
            },
        }

    def _value(self, name: str, place: tuple[float, float], hour: int) -> float | None:
        pollutant = POLLUTANTS.get(name)
        if pollutant is None:
            return None
        shown = self.pace.source_hour(hour, self.question.now_s)
        return self.source.value(pollutant, *place, shown)

    @property
    def _time_unit(self) -> str:
        return "unixtime" if self.question.unixtime else "iso8601"

    def _stamp(self, local_s: int) -> int | str:
        if self.question.unixtime:
            return local_s - self.question.offset_s
        return datetime.fromtimestamp(local_s, UTC).strftime("%Y-%m-%dT%H:%M")


def _abbreviation(offset_s: int) -> str:
    """Return `GMT+5`, `GMT-3:30` or `GMT`, as the real server writes zones."""
    if offset_s == 0:
        return "GMT"
    hours, minutes = divmod(abs(offset_s) // 60, 60)
    sign = "-" if offset_s < 0 else "+"
    return f"GMT{sign}{hours}" + (f":{minutes:02}" if minutes else "")
