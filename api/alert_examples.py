"""Examples of alerts for the OpenAPI document."""

from typing import Any

ALERT: dict[str, Any] = {
    "id": "8f1d6a52-0c1b-5d0e-9a3f-2b7c9d1e4f60",
    "kind": "high_aqi",
    "state": "cleared",
    "severity": "medium",
    "subject": "location:paris",
    "location": "paris",
    "scheme": "us-epa-2024",
    "category": "Unhealthy",
    "day": "2014-03-14",
    "message": "The air in Paris is Unhealthy (us-epa-2024): index 162 by PM2.5, "
    "since 2014-03-14 09:00 (Europe/Paris).",
    "began_at": "2014-03-14T08:00:00Z",
    "raised_at": "2014-03-14T10:00:04Z",
    "ended_at": "2014-03-14T20:00:00Z",
    "cleared_at": "2014-03-14T23:00:03Z",
    "cleared_message": "The air in Paris is better than Unhealthy (us-epa-2024) since "
    "2014-03-14 21:00 (Europe/Paris): it was not for 12 h, and the index rose to 173.",
    "acknowledged_at": "2014-03-14T10:12:00Z",
    "acknowledged_by": "token:anne",
    "acknowledged_note": "the schools are told",
    "silenced_until": None,
    "detail": {
        "pollutant": "pm2_5",
        "provider": "open-meteo",
        "averaging": "nowcast",
        "hour": "2014-03-14T09:00:00Z",
        "index": 162,
        "worst": 173.0,
        "worst_index": 173,
    },
}
ALERT_PAGE: dict[str, Any] = {"items": [ALERT], "next_cursor": None}
ACKNOWLEDGE = {"note": "the schools are told"}
SILENCE = {"minutes": 120, "note": "works on the motorway"}
RULE: dict[str, Any] = {
    "name": "queue_backlog",
    "about": "more messages than this wait in a queue",
    "severity": "high",
    "threshold": 500.0,
    "unit": "messages",
    "open_after": 3,
    "close_after": 2,
    "cool_down_s": 600,
    "repeat_every_s": 14400,
    "enabled": True,
    "note": "nightly imports fill it for a while",
    "is_changed": True,
}
RULE_PAGE: dict[str, Any] = {"items": [RULE], "next_cursor": None}
RULE_CHANGE = {
    "threshold": 500,
    "severity": "high",
    "open_after": 3,
    "cool_down_s": 600,
    "note": "nightly imports fill it for a while",
}
