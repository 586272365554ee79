"""Judge what everything stands on: libraries, Celery's settings, beat, queues."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.job import Job
from airq_cron.ports import QueueState
from airq_cron.services.diagnose import Finding, Severity, first_of

# Workers of earlier ones stay connected after Redis came back, and consume nothing.
LEAST_VERSIONS: Mapping[str, tuple[int, int]] = {"celery": (5, 7), "kombu": (5, 7)}
# Each of these, otherwise, loses or repeats messages, or hangs: see the reference.
NEEDED: Mapping[str, Any] = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_ignore_result": True,
    "worker_prefetch_multiplier": 1,
    "enable_utc": True,
}
# By name, the values with which neither locks nor writes are safe.
UNSAFE: Mapping[str, frozenset[str]] = {
    "journal_mode": frozenset({"delete", "truncate", "persist", "memory", "off"}),
    "synchronous": frozenset({"0"}),
    "foreign_keys": frozenset({"0"}),
    "lock_timeout": frozenset({"0"}),
    "statement_timeout": frozenset({"0"}),
    "idle_in_transaction_session_timeout": frozenset({"0"}),
}
NEEDED_OF_TRANSPORT = ("socket_timeout", "health_check_interval")
LATE = timedelta(seconds=60)
LONG_WAIT_S = 300.0
LOCKED = "install the locked requirements, and restart: make setup"


def check_libraries(installed: Mapping[str, str]) -> Finding:
    """
    Judge whether Celery and kombu come back by themselves after an outage.

    Args:
        installed: versions by name, such as `5.7.0`.
    """
    old = [
        f"{name} {installed.get(name, 'is missing')}"
        for name, least in LEAST_VERSIONS.items()
        if _version(installed.get(name, "")) < least
    ]
    if not old:
        text = ", ".join(f"{name} {installed[name]}" for name in LEAST_VERSIONS)
        return Finding("libraries", Severity.OK, text)
    text = f"too old: {', '.join(old)}; their workers may hang after an outage of Redis"
    return Finding("libraries", Severity.FAIL, text, LOCKED)


def check_celery(settings: Mapping[str, Any]) -> Finding:
    """Judge Celery's settings, by their names: prefetch, late acks, time-outs."""
    transport = settings.get("broker_transport_options") or {}
    wrong = [name for name, value in NEEDED.items() if settings.get(name) != value]
    wrong += [name for name in NEEDED_OF_TRANSPORT if not transport.get(name)]
    if not wrong:
        text = "prefetch 1, late acks, no results, and no silent connection"
        return Finding("celery", Severity.OK, text)
    return Finding(
        "celery",
        Severity.FAIL,
        f"not as it has to be: {', '.join(wrong)}",
        "remove what changes them: docs/explanation/celery.md",
    )


def check_database_settings(in_force: Mapping[str, str]) -> Finding:
    """
    Judge whether the database took the settings that every connection gives it.

    Args:
        in_force: what it says itself, by the names of SQLite or of PostgreSQL.
    """
    wrong = [
        f"{name} {value}"
        for name, value in sorted(in_force.items())
        if value in UNSAFE.get(name, ())
    ]
    if not wrong:
        text = ", ".join(f"{name} {value}" for name, value in in_force.items())
        return Finding("database_settings", Severity.OK, text)
    return Finding(
        "database_settings",
        Severity.FAIL,
        f"it did not take our settings: {', '.join(wrong)}",
        "keep SQLite's file on a disk of this host; connect to PostgreSQL itself, or"
        " through a pooler that hands on `options`",
    )


def check_planning(jobs: Sequence[Job], at: datetime) -> Finding:
    """Judge whether a beat plans: alive or not, it has decided what was due by *at*."""
    late = sorted(
        job.name
        for job in jobs
        if job.enabled and job.next_due_at is not None and at - job.next_due_at > LATE
    )
    if not late:
        return Finding("planning", Severity.OK, "every due time has been decided")
    return Finding(
        "planning",
        Severity.FAIL,
        f"nobody has planned for a minute what is due: {first_of(late)}",
        "start a beat, or restart the one that is silent; what was due is caught up",
    )


def check_backlog(states: Sequence[QueueState], consumed: set[str]) -> Finding:
    """
    Judge whether workers that are there also take messages.

    Args:
        consumed: queues that some worker says it consumes; others are told of
            by the check `processes`.
    """
    stuck = [
        f"{one.name} ({one.waiting}, {one.oldest_age_s:.0f} s)"
        for one in states
        if one.name in consumed and (one.oldest_age_s or 0.0) > LONG_WAIT_S
    ]
    if not stuck:
        return Finding("backlog", Severity.OK, "no message has waited for 5 minutes")
    return Finding(
        "backlog",
        Severity.WARN,
        f"messages wait although there are workers: {', '.join(stuck)}",
        "airq queues recommend NAME; a worker that takes nothing: restart it",
    )


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")[:2]
    return tuple(int(part) for part in parts if part.isdecimal())
