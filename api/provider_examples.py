"""Examples of providers for the OpenAPI document."""

from typing import Any

PROVIDER: dict[str, Any] = {
    "name": "openaq",
    "attribution": "OpenAQ and its sources",
    "disabled_at": "2026-10-25T00:07:31Z",
    "reason": "api.openaq.org: HTTP 401: Unauthorized",
    "not_before": None,
    "in_flight": False,
    "windows": [
        {"name": "minute", "limit": 60, "used": 4.0},
        {"name": "hour", "limit": 2000, "used": 96.0},
    ],
    "refused": [
        {
            "location": "atlantis",
            "detail": "no station within 10000 m",
            "since": "2026-10-24T13:07:31Z",
        }
    ],
    "samples": 1,
}
PROVIDER_PAGE: dict[str, Any] = {"items": [PROVIDER], "next_cursor": None}
SAMPLE_PAGE: dict[str, Any] = {
    "items": [
        {
            "at": "2026-10-25T00:07:31Z",
            "reason": "api.openaq.org: the answer is not JSON",
            "body": "<html><body>Bad gateway</body></html>",
            "size": 38,
        }
    ],
    "next_cursor": None,
}
