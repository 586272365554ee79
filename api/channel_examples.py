"""Examples of channels for the OpenAPI document."""

from typing import Any

CHANNEL: dict[str, Any] = {
    "name": "webhook",
    "scheme": "webhook",
    "least_severity": "low",
    "leads_to": "hooks.example.org",
}
CHANNEL_PAGE: dict[str, Any] = {"items": [CHANNEL], "next_cursor": None}
TRIAL: dict[str, Any] = {
    "channel": "webhook",
    "delivered": False,
    "answer": "hooks.example.org answered 401: unknown token",
    "retryable": False,
}
