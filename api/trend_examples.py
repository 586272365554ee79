"""An example of a trend for the OpenAPI document."""

from typing import Any

NOTHING: dict[str, Any] = {"p50": None, "p95": None, "p99": None}
SLOPE: dict[str, Any] = {
    "per_hour": 120.5,
    "low": 98.0,
    "high": 140.0,
    "p_value": 0.0004,
    "points": 71,
    "direction": "rising",
    "confidence": "high",
}
TREND: dict[str, Any] = {
    "queue": "data-fetch",
    "window_s": 21_600,
    "step_s": 300,
    "points": [
        {
            "start": "2026-10-25T00:20:00Z",
            "throughput": 1.2,
            "arrivals": 1.4,
            "failure_rate": 0.0,
            "dwell_s": {"p50": 0.02, "p95": 0.4, "p99": 0.9},
            "handling_s": {"p50": 0.3, "p95": 1.1, "p99": 2.0},
            "waiting": 12,
            "score": 0.97,
        },
        {
            "start": "2026-10-25T00:25:00Z",
            "throughput": None,
            "arrivals": None,
            "failure_rate": None,
            "dwell_s": NOTHING,
            "handling_s": NOTHING,
            "waiting": None,
            "score": None,
        },
    ],
    "gaps": 1,
    "slopes": {
        "throughput": None,
        "failure_rate": None,
        "dwell_p95_s": None,
        "handling_p95_s": None,
        "waiting": SLOPE,
        "score": None,
    },
    "drain_s": None,
    "as_of": "2026-10-25T00:30:00Z",
}
