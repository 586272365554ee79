"""Examples of gaps for the OpenAPI document."""

from typing import Any

GAPS: dict[str, Any] = {
    "items": [
        {
            "pollutant": "pm2_5",
            "provider": "open-meteo",
            "state": "fresh",
            "newest_at": "2026-10-25T00:00:00Z",
            "age_s": 1802,
            "interval_s": 3600,
            "last_7_days": {
                "expected": 168,
                "present": 164,
                "missing": 4,
                "coverage": 0.9762,
            },
            "last_30_days": {
                "expected": 720,
                "present": 716,
                "missing": 4,
                "coverage": 0.9944,
            },
            "revision_rate": 0.0321,
            "gaps": [
                {
                    "from": "2026-10-22T02:00:00Z",
                    "to": "2026-10-22T06:00:00Z",
                    "hours": 4,
                    "fillable": True,
                    "why": "",
                }
            ],
        }
    ],
    "next_cursor": None,
}
