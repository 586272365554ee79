"""Examples of documents about jobs; tests load each with its schema."""

from typing import Any

from .examples import JOB

JOB_DOCUMENT: dict[str, Any] = JOB | {
    "params": {"location": "paris"},
    "note": None,
    "overlap": "skip",
    "catchup": {"mode": "latest", "window_s": None, "cap": None},
    "retry": {"backoff": "exponential", "attempts": 3, "delay_s": 4.0, "cap_s": 30.0},
    "time_limit_s": 30,
    "soft_limit_s": None,
    "run_limit_s": None,
    "start_margin_s": None,
    "jitter_s": 0,
    "pause_after": None,
    "source": "code",
    "overrides": {"time_limit_s": 50},
    "version": 2,
}
JOB_PAGE: dict[str, Any] = {"items": [JOB_DOCUMENT], "next_cursor": None}
DEFINITION: dict[str, Any] = {
    "kind": "fetch",
    "schedule": "*/10 * * * *",
    "timezone": "Europe/Paris",
    "params": {"location": "lyon"},
    "retry": {"backoff": "exponential", "attempts": 3, "delay_s": 4, "cap_s": 30},
    "pause_after": 5,
}
NEW_JOB: dict[str, Any] = {"name": "fetch-lyon"} | DEFINITION
PAUSED: dict[str, Any] = JOB_DOCUMENT | {
    "enabled": False,
    "note": "the provider is moving",
    "overrides": {"enabled": True, "time_limit_s": 50},
    "version": 3,
    "next_run_at": None,
}
PREVIEW: dict[str, Any] = {
    "job": "daily-report",
    "schedule": "30 2 * * *",
    "timezone": "Europe/Paris",
    "from": "2026-10-24T22:00:00Z",
    "to": "2026-10-25T23:00:00Z",
    "items": [
        {
            "scheduled_for": "2026-10-25T00:30:00Z",
            "local": "2026-10-25T02:30:00+02:00",
            "mark": "fold",
            "change": None,
        }
    ],
    "next_cursor": None,
}
