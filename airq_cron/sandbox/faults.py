"""What the sandbox does wrong on request, for how often or how long."""

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airq_cron.errors import InvalidError
from airq_cron.sandbox.answer import Reply, error_body

KINDS: dict[str, str] = {
    "latency": "answer after VALUE ms (1000)",
    "429-minutely": "quota of the minute used up",
    "429-hourly": "quota of the hour used up",
    "429-daily": "quota of the day used up",
    "429-concurrent": "too many calls at once",
    "400-location": "no data for this place",
    "NNN": "any status from 400 to 599",
    "truncated": "half of the JSON, as if it were all",
    "short": "half of the announced bytes, then hang up",
    "drop": "hang up without an answer",
    "drip": "one byte every VALUE ms (1000)",
    "html": "a web page, status 200",
    "text": "a plain sentence, status 200",
    "nan": "bare nan, which is not JSON",
    "nulls": "no values at all",
    "unequal": "one value less than hours",
    "unit": "concentrations in an unknown unit",
    "stale": "nothing newer than VALUE hours (12)",
    "redirect": "moved to another host",
}
DEFAULTS = {"latency": 1000.0, "drip": 1000.0, "stale": 12.0}
# The bodies that were recorded, or that the server's source holds.
REASONS: Mapping[str, tuple[int, str]] = {
    "429-minutely": (
        429, "Minutely API request limit exceeded. Please try again in one minute.",
    ),
    "429-hourly": (
        429, "Hourly API request limit exceeded. Please try again in the next hour.",
    ),
    "429-daily": (
        429, "Daily API request limit exceeded. Please try again tomorrow.",
    ),
    "429-concurrent": (429, "Too many concurrent requests"),
    "400-location": (400, "No data is available for this location"),
    "500": (500, "Something went wrong."),
    "503": (503, "The service is overloaded"),
}  # fmt: skip
NAN_BODY = (
    b'{"latitude":nan,"longitude":nan,"generationtime_ms":0.0029,'
    b'"utc_offset_seconds":7200,"timezone":"Europe/Paris",'
    b'"timezone_abbreviation":"GMT+2"}'
)
TEXT_BODY = b"Unexpected error while streaming data: timeoutReached"
HTML_BODY = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head>"
    b"<body><h1>Please sign in to this network</h1></body></html>"
)
STATUS = re.compile(r"[45][0-9]{2}")
WRITTEN = re.compile(
    r"(?P<kind>[a-z0-9-]+)(?:=(?P<value>[0-9.]+))?"
    r"(?::(?P<limit>[0-9.]+)(?P<seconds>s?))?"
)


@dataclass(slots=True)
class Fault:
    """
    One thing that goes wrong.

    Attributes:
        kind: one of `KINDS`.
        value: its measure, where it has one.
        count: for so many calls; None is not limited so.
        seconds: for so long from when it was set; None is not limited so.
    """

    kind: str
    value: float = 0.0
    count: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Fill in the kind's default measure; refuse what cannot be."""
        if self.kind not in KINDS and not STATUS.fullmatch(self.kind):
            known = ", ".join(KINDS)
            raise InvalidError("kind", f"no fault is called {self.kind!r}: {known}")
        if self.kind == "NNN":
            raise InvalidError("kind", "NNN stands for a number such as 503")
        self.value = self.value or DEFAULTS.get(self.kind, 0.0)
        if not 0 <= self.value <= 3_600_000:
            raise InvalidError("value", "must lie between 0 and 3600000")
        if self.count is not None and self.count < 1:
            raise InvalidError("count", "must be 1 or more")
        if self.seconds is not None and not 0 < self.seconds <= 864_000:
            raise InvalidError("seconds", "must lie between 0 and 864000")

    def canned(self) -> Reply | None:
        """Return the answer of a kind that needs no data."""
        if self.kind in REASONS:
            status, reason = REASONS[self.kind]
            return Reply(status, error_body(reason), self.kind)
        if STATUS.fullmatch(self.kind):
            return Reply(int(self.kind), error_body(f"Status {self.kind}"), self.kind)
        if self.kind == "html":
            return Reply(200, HTML_BODY, self.kind, content_type="text/html")
        if self.kind == "text":
            return Reply(200, TEXT_BODY, self.kind, content_type="text/plain")
        if self.kind == "nan":
            return Reply(200, NAN_BODY, self.kind)
        if self.kind == "drop":
            return Reply(200, b"", self.kind, drop=True)
        if self.kind == "redirect":
            return Reply(302, b"", self.kind)
        return None


def parse_fault(text: str) -> Fault:
    """
    Return the fault written `KIND[=VALUE][:COUNT]` or `KIND[=VALUE][:SECONDSs]`.

    Raises:
        InvalidError: *text* is not such a fault.
    """
    match = WRITTEN.fullmatch(text)
    if match is None:
        raise InvalidError("fault", f"{text!r} is not KIND[=VALUE][:COUNT or :30s]")
    limit = match["limit"]
    given: dict[str, Any] = {"kind": match["kind"]}
    try:
        if match["value"]:
            given["value"] = float(match["value"])
        if limit and match["seconds"]:
            given["seconds"] = float(limit)
        elif limit:
            given["count"] = int(limit)
    except ValueError:
        raise InvalidError("fault", f"{text!r} holds no plain number") from None
    return Fault(**given)


def read_fault(value: Any) -> Fault:
    """
    Return the fault in a JSON object with `kind`, `value`, `count`, `seconds`.

    Raises:
        InvalidError: names the member that is wrong.
    """
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        raise InvalidError("kind", "an object with a kind is needed")
    for name, member in value.items():
        if name not in {"kind", "value", "count", "seconds"}:
            raise InvalidError(str(name), "unknown member")
        kinds = {"kind": (str,), "count": (int, type(None))}.get(
            name, (int, float, type(None))
        )
        if type(member) not in kinds:
            raise InvalidError(name, "must be a number")
    given = {name: member for name, member in value.items() if member is not None}
    return Fault(**given)


class Faults:
    """The faults that are set; any thread may change them."""

    def __init__(self, faults: Iterable[Fault], at: float) -> None:
        """Set *faults* at *at*, in seconds of a clock that never goes back."""
        self._set: list[tuple[Fault, float]] = [(fault, at) for fault in faults]
        self._lock = threading.Lock()

    def add(self, fault: Fault, at: float) -> None:
        """Set one more."""
        with self._lock:
            self._set.append((fault, at))

    def clear(self) -> None:
        """Let all go well again."""
        with self._lock:
            self._set.clear()

    def shown(self, at: float) -> list[dict[str, Any]]:
        """Return what is set, and how much of it is left."""
        with self._lock:
            self._forget(at)
            return [
                {
                    "kind": fault.kind,
                    "value": fault.value,
                    "count": fault.count,
                    "seconds": _left(fault, since, at),
                }
                for fault, since in self._set
            ]

    def take(self, at: float) -> tuple[float, Fault | None]:
        """Return how long this call waits, in ms, and what else goes wrong with it."""
        with self._lock:
            self._forget(at)
            latency, other = 0.0, None
            for fault, _ in self._set:
                if fault.kind == "latency":
                    latency += fault.value
                elif other is None:
                    other = fault
                else:
                    continue
                if fault.count is not None:
                    fault.count -= 1
            return latency, other

    def _forget(self, at: float) -> None:
        self._set = [
            (fault, since)
            for fault, since in self._set
            if fault.count != 0 and _left(fault, since, at) != 0
        ]


def _left(fault: Fault, since: float, at: float) -> float | None:
    return None if fault.seconds is None else max(0.0, since + fault.seconds - at)
