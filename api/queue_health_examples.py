"""Examples of the health of queues for the OpenAPI document."""

from typing import Any


def _term(name: str, *figures: float, samples: int) -> dict[str, Any]:
    measured, weight, contribution = figures
    return {
        "name": name,
        "input": measured,
        "weight": weight,
        "contribution": contribution,
        "samples": samples,
        "confidence": "high",
    }


QUEUE: dict[str, Any] = {
    "name": "data-fetch",
    "score": 0.93997,
    "confidence": "high",
    "window_s": 3600,
    "waiting": 3,
    "in_flight": 1,
    "oldest_age_s": 41.3,
    "failure_rate": 0.03448,
    "terms": [
        _term("failure_rate", 0.03448, 0.3, 0.27281, samples=58),
        _term("processing_speed", 2.4, 0.2, 0.19315, samples=58),
        _term("backlog", 3.0, 0.25, 0.23778, samples=1),
        _term("throughput", 0.96667, 0.25, 0.23623, samples=60),
    ],
}
UNKNOWN: dict[str, Any] = {
    "name": "analytics",
    "score": None,
    "confidence": "none",
    "window_s": 3600,
    "waiting": 0,
    "in_flight": 0,
    "oldest_age_s": None,
    "failure_rate": None,
    "terms": [],
}
QUEUES: dict[str, Any] = {"queues": [QUEUE, UNKNOWN], "as_of": "2026-10-25T00:30:00Z"}
