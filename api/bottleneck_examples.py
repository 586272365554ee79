"""Examples of bottlenecks and recommendations for the OpenAPI document."""

from typing import Any

BOTTLENECK: dict[str, Any] = {
    "queue": "data-fetch",
    "kind": "queue_backlog",
    "severity": "high",
    "value": 340.0,
    "threshold": 100.0,
    "samples": 1,
    "confidence": "high",
    "message": "340 messages wait, 100 are the limit",
}
BOTTLENECK_PAGE: dict[str, Any] = {"items": [BOTTLENECK], "next_cursor": None}
ADVICE: dict[str, Any] = {
    "queue": "data-fetch",
    "score": 0.41,
    "capacity": {
        "arrival_rate": 0.8,
        "service_rate": 0.4,
        "offered_load": 2.0,
        "utilisation": 1.0,
        "workers": 2,
        "workers_needed": 5,
        "keeps_up": False,
        "drain_s": None,
    },
    "items": [
        {
            "action": "add_workers",
            "severity": "high",
            "bottlenecks": ["queue_backlog"],
            "title": "Run 3 more processes for data-fetch: 5 in place of 2",
            "evidence": {
                "waiting": 340,
                "oldest_age_s": 170.0,
                "arrival_rate_per_s": 0.8,
                "service_rate_per_s": 0.4,
                "utilisation": 1.0,
                "workers": 2,
                "workers_needed": 5,
                "drain_s": None,
            },
            "effect": "The backlog is gone within 5 minutes; as it is, never.",
            "request": None,
            "command": "celery -A workers.app worker --concurrency 3 "
            "--queues data-fetch",
        },
        {
            "action": "pause_job",
            "severity": "medium",
            "bottlenecks": ["high_failure_rate"],
            "title": "Pause fetch-lyon until its error is understood",
            "evidence": {
                "failure_rate": 0.25,
                "ended": 80,
                "failures_of_job": 20,
                "last_error": "the upstream refused the key",
                "last_run": "2f1f3c1e-8d0b-5a53-9d8c-5f0e3f0c7a11",
            },
            "effect": "The failure rate falls to 0%; the job's fire times pass without "
            "a run until it is resumed.",
            "request": {
                "method": "POST",
                "path": "/cron/jobs/fetch-lyon/pause",
                "headers": {},
                "body": {"note": "20 failures in an hour"},
            },
            "command": "airq runs show 2f1f3c1e-8d0b-5a53-9d8c-5f0e3f0c7a11",
        },
    ],
    "next_cursor": None,
    "as_of": "2026-10-25T00:30:00Z",
}
