"""Examples of breakers for the OpenAPI document."""

from typing import Any

BREAKER: dict[str, Any] = {
    "name": "open-meteo",
    "state": "OPEN",
    "is_local": False,
    "failures": 5,
    "threshold": 5,
    "timeout_s": 300.0,
    "window_s": 60.0,
    "effective_window_s": 120.0,
    "failed_at": "2026-10-25T00:26:01.113Z",
    "opened_at": "2026-10-25T00:26:01.113Z",
    "tries_at": "2026-10-25T00:31:01.113Z",
    "probing_until": None,
    "closed_at": None,
    "last_error": "air-quality-api.open-meteo.com: silent for 10 s",
    "hold": None,
}
BREAKER_PAGE: dict[str, Any] = {"items": [BREAKER], "next_cursor": None}
OPEN: dict[str, Any] = {
    "reason": "their maintenance",
    "expires_at": "2026-10-25T06:00:00Z",
}
HISTORY: dict[str, Any] = {
    "items": [
        {
            "at": "2026-10-25T00:26:01.113Z",
            "from": "CLOSED",
            "to": "OPEN",
            "reason": "air-quality-api.open-meteo.com: silent for 10 s",
            "failures": 5,
            "actor": "fleet",
        }
    ],
    "next_cursor": None,
}
