"""
What `--json` prints: the same documents as the API gives.

The API serialises with its own library, which the core may not import; a test
compares the two.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from airq_cron.cli.alert_document import alert_document
from airq_cron.cli.breaker_document import breaker_document
from airq_cron.cli.queue_documents import bottleneck_document
from airq_cron.domain.backfill import Progress
from airq_cron.domain.firing import FireTime
from airq_cron.domain.job import Job
from airq_cron.domain.page import Page, encode_cursor
from airq_cron.domain.run import Attempt, Run, instant_text
from airq_cron.ports import Check, FetchState, Mark, Token
from airq_cron.services.diagnose import Finding
from airq_cron.services.manage_jobs import describe_job
from airq_cron.services.overview import Overview, PlaceLine, QueueLine
from airq_cron.services.preview import Preview
from airq_cron.services.read_stats import JobReport, JobStats

T = TypeVar("T")
Document = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    """Return *at* as every document writes it."""
    return None if at is None else instant_text(at)


def rounded(value: float | None, places: int) -> float | None:
    """Return *value* with at most *places* decimals; unknown stays None."""
    return None if value is None else round(value, places)


def page_document(page: Page[T], item: Callable[[T], Document]) -> Document:
    """Return one page of a list."""
    cursor = None if page.after is None else encode_cursor(page.after)
    return {"items": [item(one) for one in page.items], "next_cursor": cursor}


def job_document(job: Job) -> Document:
    """Return a job with its policies, and when it fires next."""
    described = describe_job(job)
    return described | {"next_run_at": instant(described["next_run_at"])}


def preview_document(found: Preview) -> Document:
    """Return the fire times of a job in a period."""
    return {
        "job": found.job.name,
        "schedule": found.schedule.text,
        "timezone": found.schedule.zone,
        "from": instant(found.period.start),
        "to": instant(found.period.end),
        **page_document(found.page, _fire_time),
    }


def _fire_time(one: FireTime) -> Document:
    return {
        "scheduled_for": instant(one.at),
        "local": one.local,
        "mark": None if one.mark is None else one.mark.value,
        "change": None if one.novelty is None else one.novelty.value,
    }


def _brief(job: Job) -> Document:
    return {
        "name": job.name,
        "description": job.description,
        "category": job.category,
        "kind": job.kind,
        "schedule": job.schedule,
        "timezone": job.zone,
        "enabled": job.enabled,
        "priority": job.priority.value,
        "queue": job.queue.value,
        "next_run_at": instant(job.next_due_at if job.enabled else None),
    }


def single_job_document(report: JobReport) -> Document:
    """Return a job with its policies and its figures."""
    return {**job_document(report.job), **report_document(report)}


def report_document(report: JobReport) -> Document:
    """Return a job with its figures."""
    return {
        **_brief(report.job),
        "runs": report.totals,
        "success_rate": rounded(report.figures.success_rate, 4),
        "duration_ms": _measures(report.duration),
        "punctuality_ms": _measures(report.punctuality),
        "last_run": last_run_document(report.last_run),
    }


def stats_document(stats: JobStats) -> Document:
    """Return every job with its figures."""
    return {
        "jobs": [report_document(report) for report in stats.jobs],
        "as_of": instant(stats.as_of),
    }


def _measures(measures: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: rounded(value, 3) for name, value in measures.items()}


def last_run_document(run: Mark | None) -> Document | None:
    """Return what is told of the last run that ended."""
    if run is None:
        return None
    return {
        "id": run.id,
        "scheduled_for": instant(run.scheduled_for),
        "state": run.state.value,
        "finished_at": instant(run.finished_at),
    }


def run_document(run: Run) -> Document:
    """Return a run as a list shows it."""
    return {
        "id": run.id,
        "job": run.job,
        "kind": run.kind,
        "queue": run.queue,
        "origin": run.origin,
        "part": run.part,
        "parent": run.parent,
        "parts": None if run.fan is None else asdict(run.fan),
        "scheduled_for": instant(run.scheduled_for),
        "interval_start": instant(run.interval_start),
        "entered_by": run.entered_by,
        "decision": run.decision,
        "state": run.state.value,
        "reason": run.reason,
        "not_before": instant(run.not_before),
        "sends": run.sends,
        "attempt": run.attempt,
        "crashes": run.crashes,
        "queued_at": instant(run.queued_at),
        "started_at": instant(run.started_at),
        "finished_at": instant(run.finished_at),
        "deadline_at": instant(run.deadline_at),
        "worker": run.owner,
        "error": run.error,
        "discarded_at": instant(run.discarded_at),
    }


def single_run_document(run: Run) -> Document:
    """Return one run with its attempts, and the worker of the last of them."""
    last = run.attempts[-1].worker if run.attempts else None
    return {
        **run_document(run),
        "worker": run.owner or last,
        "result": run.result,
        "attempts": [attempt_document(attempt) for attempt in run.attempts],
    }


def attempt_document(attempt: Attempt) -> Document:
    """Return one claim of a run."""
    return {
        "number": attempt.number,
        "worker": attempt.worker,
        "started_at": instant(attempt.started_at),
        "finished_at": instant(attempt.finished_at),
        "outcome": None if attempt.outcome is None else attempt.outcome.value,
        "error": attempt.error,
    }


def backfill_document(found: Progress) -> Document:
    """Return a backfill, and how far it is."""
    one = found.backfill
    return {
        "id": one.id,
        "job": one.job,
        "from": one.first.isoformat(),
        "to": one.last.isoformat(),
        "overlap": one.overlap.value,
        "concurrency": one.concurrency,
        "state": one.stage.value,
        "total": one.runs,
        "ended": found.ended,
        "progress": rounded(found.share, 4),
        "states": dict(found.counts),
        "entered_by": one.entered_by,
        "created_at": instant(one.created_at),
        "finished_at": instant(one.finished_at),
        "cancelled_at": instant(one.cancelled_at),
    }


def token_document(token: Token) -> Document:
    """Return what is known of a token; its secret is not."""
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "created_at": instant(token.created_at),
        "expires_at": instant(token.expires_at),
        "last_used_at": instant(token.last_used_at),
        "revoked_at": instant(token.revoked_at),
    }


def finding_document(found: Finding) -> Document:
    """Return what one check came to."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "text": found.text,
        "fix": found.fix,
    }


def overview_document(
    overview: Overview, versions: Mapping[str, str], uptime_s: int | None
) -> Document:
    """Return the state of the whole instance; *uptime_s* is None when none runs."""
    check = overview.health_check
    return {
        "state": overview.state.value,
        "reasons": list(overview.reasons),
        "warnings": [finding_document(one) for one in overview.warnings],
        "jobs": [report_document(report) for report in overview.jobs],
        "queues": [_queue_line(line) for line in overview.queues],
        "bottlenecks": [bottleneck_document(one) for one in overview.bottlenecks],
        "processes": [
            {
                "name": line.name,
                "role": line.role,
                "queues": list(line.queues),
                "last_seen_at": instant(line.at),
                "children": line.children,
                "busy": line.busy,
            }
            for line in overview.processes
        ],
        "locations": [_place_line(line) for line in overview.locations],
        "providers": [
            {
                "id": line.id,
                "origin": line.origin and line.origin.value,
                "attribution": line.attribution,
            }
            for line in overview.providers
        ],
        "breakers": [breaker_document(line) for line in overview.breakers],
        "alerts": [alert_document(flip) for flip in overview.alerts],
        "health_check": None if check is None else _check_document(check),
        "versions": dict(versions),
        "uptime_s": uptime_s,
        "as_of": instant(overview.as_of),
    }


def _check_document(check: Check) -> Document:
    return {
        "run": check.run,
        "by": check.by,
        "finished_at": instant(check.finished_at),
        "result": dict(check.result),
    }


def _queue_line(line: QueueLine) -> Document:
    return {
        "name": line.name,
        "waiting": line.waiting,
        "in_flight": line.in_flight,
        "oldest_age_s": rounded(line.oldest_age_s, 3),
        "consumers": list(line.consumers),
        "score": line.score,
        "confidence": line.confidence.value,
        "bottlenecks": [bottleneck_document(one) for one in line.bottlenecks],
    }


def _place_line(line: PlaceLine) -> Document:
    return {
        "id": line.location.id,
        "name": line.location.name,
        "enabled": line.location.enabled,
        "newest_at": instant(line.newest_at),
        "age_s": line.age_s,
        "fresh": line.fresh,
        "last_fetch": _fetch(line.last_fetch),
    }


def _fetch(state: FetchState | None) -> Document | None:
    if state is None:
        return None
    return {
        "provider": state.provider,
        "asked_at": instant(state.asked_at),
        "outcome": state.outcome,
        "detail": state.detail,
    }
