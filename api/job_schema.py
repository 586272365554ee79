"""Documents about jobs."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.job import Priority, Queue
from airq_cron.domain.run import State

from .fields import Flag, Instant, Milliseconds, Ratio


class ToggleSchema(Schema):
    """Whether a job fires."""

    enabled = Flag(required=True)


class TotalsSchema(Schema):
    """Ended runs over a job's life; `failed` contains dead ones."""

    total = fields.Integer(required=True)
    succeeded = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    missed = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)


class DistributionSchema(Schema):
    """Milliseconds over 24 hours; null without runs."""

    avg = Milliseconds(required=True, allow_none=True)
    p50 = Milliseconds(required=True, allow_none=True)
    p95 = Milliseconds(required=True, allow_none=True)


class LastRunSchema(Schema):
    """The last run that ended."""

    id = fields.String(required=True)
    scheduled_for = Instant(required=True)
    state = fields.Enum(State, by_value=fields.String, required=True)
    finished_at = Instant(required=True, allow_none=True)


class JobReportSchema(Schema):
    """A job with its figures."""

    name = fields.String(required=True, attribute="job.name")
    description = fields.String(required=True, attribute="job.description")
    category = fields.String(required=True, attribute="job.category")
    kind = fields.String(required=True, attribute="job.kind")
    schedule = fields.String(required=True, attribute="job.schedule")
    timezone = fields.String(required=True, attribute="job.zone")
    enabled = Flag(required=True, attribute="job.enabled")
    priority = fields.Enum(
        Priority, by_value=fields.String, required=True, attribute="job.priority"
    )
    queue = fields.Enum(
        Queue, by_value=fields.String, required=True, attribute="job.queue"
    )
    runs = fields.Nested(TotalsSchema, required=True, attribute="totals")
    success_rate = Ratio(
        required=True,
        allow_none=True,
        attribute="figures.success_rate",
        validate=validate.Range(0, 1),
        metadata={"description": "succeeded / (succeeded + failed) over 24 h"},
    )
    duration_ms = fields.Nested(DistributionSchema, required=True, attribute="duration")
    punctuality_ms = fields.Nested(
        DistributionSchema, required=True, attribute="punctuality"
    )
    last_run = fields.Nested(LastRunSchema, required=True, allow_none=True)
    next_run_at = Instant(required=True, allow_none=True)


class JobStatsSchema(Schema):
    """All jobs, with their figures, at one moment."""

    jobs = fields.List(fields.Nested(JobReportSchema), required=True)
    as_of = Instant(required=True)
