"""Examples for what people do with runs; tests load each with its schema."""

from typing import Any

from .examples import AS_OF, LISTED_RUN, RUN, RUN_ID

CANCELLED: dict[str, Any] = RUN | {
    "state": "cancelled",
    "reason": "cancelled by token:ops: too slow",
    "result": None,
}
RETRIED: dict[str, Any] = RUN | {
    "state": "queued",
    "sends": 2,
    "finished_at": None,
    "deadline_at": None,
    "result": None,
}
FAILED: dict[str, Any] = RUN | {
    "state": "failed",
    "error": "TransientError: 503",
    "result": None,
    "attempts": [RUN["attempts"][0] | {"outcome": "failed", "error": "503"}],
}
DISCARDED: dict[str, Any] = FAILED | {"discarded_at": AS_OF}
PART_PAGE: dict[str, Any] = {
    "items": [LISTED_RUN | {"part": 1, "parent": RUN_ID}],
    "next_cursor": None,
}
LETTER_PAGE: dict[str, Any] = {
    "items": [
        LISTED_RUN
        | {
            "state": "failed",
            "error": "TransientError: 503",
            "last_error": "TransientError: 503",
        }
    ],
    "next_cursor": None,
}
LETTERS_OF: dict[str, Any] = {"job": "fetch-paris-data", "limit": 100}
EXPLANATION: dict[str, Any] = {
    "job": "fetch-paris-data",
    "scheduled_for": "2026-10-25T00:30:00Z",
    "local": "2026-10-25T02:30:00+02:00",
    "reason": "succeeded",
    "verdict": "It began 0.019 s after it was due and succeeded.",
    "runs": [
        {
            "run": RUN,
            "timeline": [
                {
                    "at": "2026-10-25T00:30:00.019Z",
                    "event": "claimed",
                    "text": "attempt 1 begun by data@host:4711",
                    "by": "data@host:4711",
                    "attempt": 1,
                }
            ],
        }
    ],
    "hour": {
        "hour": "2026-10-25T00:00:00Z",
        "runs": {
            "total": 31,
            "succeeded": 31,
            "failed": 0,
            "skipped": 0,
            "missed": 0,
            "cancelled": 0,
        },
        "success_rate": 1.0,
        "duration_ms": {"avg": 212.4, "p50": 181.0, "p95": 422.0},
        "punctuality_ms": {"avg": 21.3, "p50": 17.0, "p95": 48.0},
    },
    "previous_fire_at": "2026-10-25T00:29:00Z",
    "next_fire_at": "2026-10-25T00:31:00Z",
    "as_of": AS_OF,
}
