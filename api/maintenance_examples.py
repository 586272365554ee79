"""Examples of checking and cleaning up for the OpenAPI document."""

from typing import Any

CHECK: dict[str, Any] = {
    "state": "degraded",
    "problems": ["no beat is alive"],
    "waiting": {
        "data-fetch": 3,
        "analytics": 0,
        "maintenance": 0,
        "monitoring": 0,
        "notifications": 0,
    },
    "processes": ["data@host", "watch@host"],
    "by": "token:ops",
    "finished_at": "2026-10-25T00:30:00Z",
    "kept": True,
}
CLEANUP: dict[str, Any] = {
    "kinds": [
        {
            "kind": "runs",
            "count": 812,
            "oldest": "2026-10-11T00:00:00Z",
            "age_days": 7,
            "kept": 1000,
        },
        {
            "kind": "samples",
            "count": 0,
            "oldest": None,
            "age_days": 30,
            "kept": None,
        },
        {
            "kind": "messages_without_run",
            "count": None,
            "oldest": None,
            "age_days": 1,
            "kept": None,
        },
    ],
    "as_of": "2026-10-25T00:30:00Z",
}
