"""What the sandbox answers, without the wire."""

import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any

from airq_cron.clock import Clock
from airq_cron.errors import InvalidError
from airq_cron.sandbox.answer import Reply, Writer, encode, error_body
from airq_cron.sandbox.faults import Fault, Faults
from airq_cron.sandbox.question import parse_question
from airq_cron.sandbox.source import HOUR_S, Pace, Source


class Sandbox:
    """An upstream that any number of threads may ask."""

    def __init__(
        self,
        source: Source,
        *,
        clock: Clock,
        pace: Pace | None = None,
        faults: Iterable[Fault] = (),
    ) -> None:
        """Show *source* at *pace*, with *faults* from the start."""
        self.source = source
        self.pace = pace or Pace()
        self.clock = clock
        self.faults = Faults(faults, clock.monotonic())
        self._lock = threading.Lock()
        self._outcomes: Counter[str] = Counter()
        self._places = self._in_flight = self._most_in_flight = 0
        self._last: dict[str, str] = {}

    def answer(self, query: str, agent: str = "") -> Reply:
        """Answer one call for data, and count it before it is sent."""
        with self._lock:
            self._in_flight += 1
            self._most_in_flight = max(self._most_in_flight, self._in_flight)
        reply = None
        try:
            latency_ms, fault = self.faults.take(self.clock.monotonic())
            self.clock.wait(latency_ms / 1000)
            reply = (fault.canned() if fault else None) or self._data(query, fault)
            return reply
        finally:
            with self._lock:
                self._in_flight -= 1
                self._outcomes[reply.outcome if reply else "crashed"] += 1
                self._last = {
                    "at": self.clock.now().isoformat(timespec="milliseconds"),
                    "user_agent": agent[:200],
                    "query": query[:2000],
                }

    def _data(self, query: str, fault: Fault | None) -> Reply:
        now_s = int(self.clock.now().timestamp())
        try:
            question = parse_question(query, now_s)
        except InvalidError as error:
            return Reply(400, error_body(error.reason), "400")
        except ValueError:
            return Reply(400, error_body("Too many parameters"), "400")
        kind = fault.kind if fault else "ok"
        stale = fault is not None and kind == "stale"
        last_s = now_s - int(fault.value * HOUR_S) if fault and stale else None
        began = self.clock.monotonic()
        elements = Writer(question, self.source, self.pace).elements(last_s=last_s)
        took_ms = (self.clock.monotonic() - began) * 1000 / len(elements)
        for element in elements:
            element["generationtime_ms"] = took_ms
            _spoil(element, kind)
        with self._lock:
            self._places += len(elements)
        body = encode(elements[0] if len(elements) == 1 else elements)
        half = body[: len(body) // 2]
        if kind == "truncated":
            return Reply(200, half, kind)
        if kind == "short":
            return Reply(200, half, kind, cut=len(body) - len(half))
        if fault and kind == "drip":
            return Reply(200, body, kind, drip_s=fault.value / 1000)
        return Reply(200, body, kind)

    def stats(self) -> dict[str, Any]:
        """Return calls for data by outcome: `ok`, `400`, or the fault's kind."""
        with self._lock:
            return {
                "calls": sum(self._outcomes.values()),
                "outcomes": dict(self._outcomes),
                "locations": self._places,
                "in_flight": self._in_flight,
                "most_in_flight": self._most_in_flight,
                "last": dict(self._last),
            }

    def forget_stats(self) -> None:
        """Count from zero."""
        with self._lock:
            self._outcomes.clear()
            self._places, self._most_in_flight = 0, self._in_flight
            self._last = {}

    def health(self) -> dict[str, Any]:
        """Return what is shown, and how fast."""
        return {
            "status": "ok",
            "source": self.source.title,
            "origin": self.source.origin.value,
            "speed": self.pace.speed,
            "now": self.clock.now().isoformat(timespec="seconds"),
        }


def _spoil(element: dict[str, Any], kind: str) -> None:
    hourly: dict[str, list[Any]] = element.get("hourly", {})
    units: dict[str, str] = element.get("hourly_units", {})
    for name in hourly.keys() - {"time"}:
        if kind == "nulls":
            hourly[name] = [None] * len(hourly[name])
        elif kind == "unequal":
            del hourly[name][-1:]
        elif kind == "unit":
            units[name] = "grains/m\u00b3"
