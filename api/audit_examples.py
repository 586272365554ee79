"""Examples of the audit trail for the OpenAPI document."""

from typing import Any

ENTRY: dict[str, Any] = {
    "id": 1234,
    "at": "2026-03-01T12:00:30Z",
    "actor": "token:ci",
    "address": "192.0.2.7",
    "action": "job.pause",
    "subject": "job:fetch-paris-data",
    "before": {"enabled": True},
    "after": {"enabled": False},
    "note": "the upstream is moving",
    "request_id": "5f0c9a7be1d24c3b8f6e0a1d2c3b4a59",
    "calls": 1,
    "mac": "9f2c4a7be1d24c3b8f6e0a1d2c3b4a599f2c4a7be1d24c3b8f6e0a1d2c3b4a59",
}
AUDIT_PAGE: dict[str, Any] = {"items": [ENTRY], "next_cursor": None}
