"""Documents about why a job did, or did not, run."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.explanation import Reason
from airq_cron.domain.run import State

from .fields import Instant, Ratio
from .job_schema import DistributionSchema, TotalsSchema
from .run_schema import SingleRunSchema


class EventSchema(Schema):
    """One thing that happened to a run."""

    at = Instant(required=True)
    event = fields.String(required=True)
    text = fields.String(required=True)
    by = fields.String(required=True, allow_none=True)
    attempt = fields.Integer(required=True, allow_none=True)


class StorySchema(Schema):
    """One run, and all that happened to it, oldest first."""

    run = fields.Nested(SingleRunSchema, required=True)
    timeline = fields.List(fields.Nested(EventSchema), required=True)


class JobHourSchema(Schema):
    """What a job came to in one hour: the runs that ended in it."""

    hour = Instant(required=True)
    runs = fields.Nested(TotalsSchema, required=True, attribute="figures.totals")
    success_rate = Ratio(
        required=True, allow_none=True, attribute="figures.success_rate"
    )
    duration_ms = fields.Nested(
        DistributionSchema, required=True, attribute="figures.duration_ms"
    )
    punctuality_ms = fields.Nested(
        DistributionSchema, required=True, attribute="figures.punctuality_ms"
    )


class ExplanationSchema(Schema):
    """Why a job did, or did not, run at an instant."""

    job = fields.String(required=True)
    scheduled_for = Instant(required=True)
    local = fields.String(
        required=True, metadata={"description": "the instant in the job's zone"}
    )
    reason = fields.String(
        required=True,
        validate=validate.OneOf([*State, *Reason]),
        metadata={"description": "the state of the newest run, or why there is none"},
    )
    verdict = fields.String(required=True)
    runs = fields.List(
        fields.Nested(StorySchema),
        required=True,
        metadata={"description": "of every origin, the last one entered first"},
    )
    hour = fields.Nested(JobHourSchema, required=True, allow_none=True)
    previous_fire_at = Instant(required=True, allow_none=True)
    next_fire_at = Instant(required=True, allow_none=True)
    as_of = Instant(required=True)
