"""What `--json` prints of dead letters and explanations: the API's documents."""

from airq_cron.cli.documents import (
    Document,
    instant,
    rounded,
    run_document,
    single_run_document,
)
from airq_cron.domain.run import Run
from airq_cron.domain.timeline import Event
from airq_cron.services.explain import Explanation, HourRecord
from airq_cron.services.read_stats import ENDS, MEASURES


def letter_document(run: Run) -> Document:
    """Return a dead letter."""
    return {**run_document(run), "last_error": run.last_error}


def explanation_document(found: Explanation) -> Document:
    """Return why a job did, or did not, run."""
    return {
        "job": found.job,
        "scheduled_for": instant(found.scheduled_for),
        "local": found.local,
        "reason": found.reason,
        "verdict": found.verdict,
        "runs": [
            {
                "run": single_run_document(story.run),
                "timeline": [_event(event) for event in story.timeline],
            }
            for story in found.runs
        ],
        "hour": None if found.hour is None else _hour(found.hour),
        "previous_fire_at": instant(found.previous_fire_at),
        "next_fire_at": instant(found.next_fire_at),
        "as_of": instant(found.as_of),
    }


def _event(event: Event) -> Document:
    return {
        "at": instant(event.at),
        "event": event.event,
        "text": event.text,
        "by": event.by,
        "attempt": event.attempt,
    }


def _hour(record: HourRecord) -> Document:
    figures = record.figures
    return {
        "hour": instant(record.hour),
        "runs": {name: figures.totals[name] for name in ("total", *ENDS)},
        "success_rate": rounded(figures.success_rate, 4),
        "duration_ms": {n: rounded(figures.duration_ms[n], 3) for n in MEASURES},
        "punctuality_ms": {n: rounded(figures.punctuality_ms[n], 3) for n in MEASURES},
    }
