"""Examples of checking and cleaning up for the OpenAPI document."""

from typing import Any

CHECK: dict[str, Any] = {
    "state": "degraded",
    "problems": ["queue data-fetch has 101 waiting messages"],
    "waiting": {
        "data-fetch": 101,
        "analytics": 0,
        "maintenance": 0,
        "monitoring": 0,
        "notifications": 0,
    },
    "processes": ["api@host", "beat@host", "data@host", "watch@host"],
    "by": "token:ops",
    "finished_at": "2026-10-25T00:30:00Z",
    "kept": True,
}
