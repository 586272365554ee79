"""Examples for the OpenAPI document; tests load each with its schema."""

from typing import Any

from .alert_examples import ALERT
from .breaker_examples import BREAKER
from .index_examples import (
    DAY_INDICES,
    DAY_RATINGS,
    HOURLY_RATINGS,
    LATEST_INDICES,
    LATEST_RATINGS,
)

AS_OF = "2026-10-25T00:30:02.412Z"
RUN_ID = "2f1f3c1e-8d0b-5a53-9d8c-5f0e3f0c7a11"

LAST_RUN: dict[str, Any] = {
    "id": RUN_ID,
    "scheduled_for": "2026-10-25T00:30:00Z",
    "state": "succeeded",
    "finished_at": "2026-10-25T00:30:00.431Z",
}
JOB: dict[str, Any] = {
    "name": "fetch-paris-data",
    "description": "Fetch what the provider has new for Paris",
    "category": "fetch",
    "kind": "fetch",
    "schedule": "* * * * *",
    "timezone": "Europe/Paris",
    "enabled": True,
    "priority": "normal",
    "queue": "data-fetch",
    "next_run_at": "2026-10-25T00:31:00Z",
}
STATS: dict[str, Any] = {
    "jobs": [
        JOB
        | {
            "runs": {
                "total": 1441,
                "succeeded": 1438,
                "failed": 1,
                "skipped": 2,
                "missed": 0,
                "cancelled": 0,
            },
            "success_rate": 0.9993,
            "duration_ms": {"avg": 212.4, "p50": 181.0, "p95": 422.0},
            "punctuality_ms": {"avg": 21.3, "p50": 17.0, "p95": 48.0},
            "last_run": LAST_RUN,
        }
    ],
    "as_of": AS_OF,
}
LISTED_RUN: dict[str, Any] = {
    "id": RUN_ID,
    "job": "fetch-paris-data",
    "kind": "fetch",
    "queue": "data-fetch",
    "origin": "schedule",
    "part": 0,
    "parent": None,
    "parts": None,
    "scheduled_for": "2026-10-25T00:30:00Z",
    "interval_start": "2026-10-25T00:29:00Z",
    "entered_by": "beat@host",
    "decision": "runs: none unfinished",
    "state": "succeeded",
    "reason": None,
    "not_before": None,
    "sends": 1,
    "attempt": 1,
    "crashes": 0,
    "queued_at": "2026-10-25T00:30:00.004Z",
    "started_at": "2026-10-25T00:30:00.019Z",
    "finished_at": "2026-10-25T00:30:00.431Z",
    "deadline_at": "2026-10-25T00:31:00.019Z",
    "worker": "data@host:4711",
    "error": None,
    "discarded_at": None,
}
RUN: dict[str, Any] = LISTED_RUN | {
    "result": {"outcome": "ok", "stored": 6},
    "attempts": [
        {
            "number": 1,
            "worker": "data@host:4711",
            "started_at": "2026-10-25T00:30:00.019Z",
            "finished_at": "2026-10-25T00:30:00.431Z",
            "outcome": "succeeded",
            "error": None,
        }
    ],
}
RUN_PAGE: dict[str, Any] = {"items": [LISTED_RUN], "next_cursor": None}
NEW_BACKFILL: dict[str, Any] = {
    "job": "daily-statistics",
    "from": "2026-10-01",
    "to": "2026-10-24",
}
BACKFILL: dict[str, Any] = NEW_BACKFILL | {
    "id": "3f9a1c0b7d2e",
    "overlap": "queue_all",
    "concurrency": 1,
    "state": "running",
    "total": 24,
    "ended": 6,
    "progress": 0.25,
    "states": {"succeeded": 6, "running": 1, "waiting": 17},
    "entered_by": "token:ops",
    "created_at": "2026-10-25T00:29:00.017Z",
    "finished_at": None,
    "cancelled_at": None,
}
BACKFILL_PAGE: dict[str, Any] = {"items": [BACKFILL], "next_cursor": None}
OVERVIEW: dict[str, Any] = {
    "state": "degraded",
    "reasons": ["the last run of health-check ended as failed"],
    "warnings": [
        {
            "code": "clocks",
            "severity": "warn",
            "text": "clocks are 3.1 s apart: beat-1 on host-a is ahead of Redis",
            "fix": "let every host keep its time by NTP",
        }
    ],
    "jobs": STATS["jobs"],
    "queues": [
        {
            "name": "data-fetch",
            "waiting": 0,
            "in_flight": 0,
            "oldest_age_s": None,
            "consumers": ["data@host"],
            "score": 0.98,
            "confidence": "high",
            "bottlenecks": [],
        }
    ],
    "bottlenecks": [],
    "processes": [
        {
            "name": "data@host",
            "role": "worker",
            "queues": ["data-fetch", "analytics"],
            "last_seen_at": "2026-10-25T00:30:00Z",
            "children": 2,
            "busy": 1,
        }
    ],
    "locations": [
        {
            "id": "paris",
            "name": "Paris",
            "enabled": True,
            "newest_at": "2026-10-25T00:00:00Z",
            "age_s": 1802,
            "fresh": True,
            "last_fetch": {
                "provider": "open-meteo",
                "asked_at": "2026-10-25T00:00:00.112Z",
                "outcome": "ok",
                "detail": "",
            },
        }
    ],
    "providers": [
        {
            "id": "open-meteo",
            "origin": "modelled",
            "attribution": "Open-Meteo, CAMS",
        }
    ],
    "breakers": [BREAKER],
    "alerts": [ALERT],
    "health_check": {
        "run": "6a1c9b54-4d2f-5b1e-8f64-0c5a2d9be0f2",
        "by": "health-check",
        "finished_at": "2026-10-25T00:30:00.050Z",
        "result": {
            "state": "ok",
            "problems": [],
            "waiting": {"data-fetch": 0},
            "processes": ["beat@host", "data@host"],
        },
    },
    "versions": {"airq_cron": "0.1.0", "python": "3.11.9"},
    "uptime_s": 86400,
    "as_of": AS_OF,
}
NEW_LOCATION: dict[str, Any] = {
    "id": "lyon",
    "name": "Lyon",
    "lat": 45.764,
    "lon": 4.8357,
    "zone": "Europe/Paris",
}
LOCATION: dict[str, Any] = NEW_LOCATION | {
    "providers": ["open-meteo"],
    "enabled": True,
}
LOCATION_PAGE: dict[str, Any] = {"items": [LOCATION], "next_cursor": None}
FIGURE: dict[str, Any] = {
    "pollutant": "pm2_5",
    "unit": "ug/m3",
    "provider": "open-meteo",
    "origin": "modelled",
}
LATEST: dict[str, Any] = {
    "location": LOCATION,
    "items": [
        FIGURE
        | {
            "value": 12.3,
            "valid_from": "2026-10-25T00:00:00Z",
            "age_s": 1802,
            "indices": LATEST_RATINGS,
        }
    ],
    "indices": LATEST_INDICES,
    "as_of": AS_OF,
}
SERIES: dict[str, Any] = {
    "items": [
        FIGURE
        | {
            "value": 12.3,
            "valid_from": "2026-10-25T00:00:00Z",
            "fetched_at": "2026-10-25T00:00:00.112Z",
            "quality": [],
        }
    ],
    "next_cursor": None,
}
HOURLY: dict[str, Any] = {
    "items": [
        FIGURE
        | {
            "hour": "2026-10-25T00:00:00Z",
            "n": 1,
            "expected": 1,
            "coverage": 1.0,
            "mean": 12.3,
            "min": 12.3,
            "max": 12.3,
            "max_at": "2026-10-25T00:00:00Z",
            "p50": 12.3,
            "p95": 12.3,
            "indices": HOURLY_RATINGS,
        }
    ],
    "next_cursor": None,
}
FINE_DUST: dict[str, Any] = {
    "mean": 40.4783,
    "min": 25.0,
    "max": 61.0,
    "max_hour": "2013-03-31T19:00:00Z",
    "median": 39.0,
    "p95": 58.8,
    "max_8h_eu": None,
    "max_8h_eu_ends_at": None,
    "max_8h_us": None,
    "max_8h_us_starts_at": None,
    "hours_valid": 23,
    "hours_expected": 23,
    "coverage": 1.0,
    "status": "final",
    "revision": 0,
    "unit": "ug/m3",
    "provider": "airparif",
    "origin": "measured",
    "indices": DAY_RATINGS,
}
DAILY: dict[str, Any] = {
    "items": [
        {
            "date": "2013-03-31",
            "zone": "Europe/Paris",
            "status": "final",
            "pollutants": {"pm2_5": FINE_DUST},
            "indices": DAY_INDICES,
        }
    ],
    "as_of": AS_OF,
}
REVISIONS: dict[str, Any] = {
    "items": [
        {
            "pollutant": "pm2_5",
            "replaced_at": "2013-04-09T00:00:02Z",
            "figures": FINE_DUST,
        }
    ],
    "next_cursor": None,
}
