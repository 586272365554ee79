"""Documents about the whole instance."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.health import Confidence
from airq_cron.domain.measurement import Origin
from airq_cron.services.diagnose import Severity
from airq_cron.services.overview import Overall

from .alert_schema import AlertSchema
from .bottleneck_schema import BottleneckSchema
from .breaker_schema import BreakerSchema
from .fields import Flag, Instant, Milliseconds
from .job_schema import JobReportSchema


class QueueLineSchema(Schema):
    """One queue in the overview."""

    name = fields.String(required=True)
    waiting = fields.Integer(required=True, allow_none=True)
    in_flight = fields.Integer(required=True)
    oldest_age_s = Milliseconds(required=True, allow_none=True)
    consumers = fields.List(fields.String(), required=True)
    score = fields.Float(
        required=True, allow_none=True, metadata={"description": "0 to 1; see health"}
    )
    confidence = fields.Enum(Confidence, by_value=fields.String, required=True)
    bottlenecks = fields.List(fields.Nested(BottleneckSchema), required=True)


class ProcessSchema(Schema):
    """A process that says it is alive."""

    name = fields.String(required=True)
    role = fields.String(required=True)
    queues = fields.List(fields.String(), required=True)
    last_seen_at = Instant(required=True, attribute="at")
    children = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "of a worker: its processes"},
    )
    busy = fields.Integer(
        required=True, allow_none=True, metadata={"description": "so many of them work"}
    )


class FetchSchema(Schema):
    """What the last question to a provider came to."""

    provider = fields.String(required=True)
    asked_at = Instant(required=True)
    outcome = fields.String(required=True)
    detail = fields.String(required=True)


class PlaceLineSchema(Schema):
    """How fresh the data of a location are."""

    id = fields.String(required=True, attribute="location.id")
    name = fields.String(required=True, attribute="location.name")
    enabled = Flag(required=True, attribute="location.enabled")
    newest_at = Instant(required=True, allow_none=True)
    age_s = fields.Integer(required=True, allow_none=True)
    fresh = Flag(required=True)
    last_fetch = fields.Nested(FetchSchema, required=True, allow_none=True)


class ProviderLineSchema(Schema):
    """An upstream that can be asked."""

    id = fields.String(required=True)
    origin = fields.Enum(
        Origin,
        by_value=fields.String,
        required=True,
        allow_none=True,
        metadata={"description": "null where it gives indices of its own only"},
    )
    attribution = fields.String(required=True)


class HealthResultSchema(Schema):
    """What a health check came to."""

    state = fields.String(required=True, validate=validate.OneOf(["ok", "degraded"]))
    problems = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "sentences that somebody can act on"},
    )
    waiting = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "waiting messages by queue"},
    )
    processes = fields.List(
        fields.String(), required=True, metadata={"description": "those alive"}
    )


class HealthCheckSchema(Schema):
    """The last health check."""

    run = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "null when somebody asked the API for it"},
    )
    by = fields.String(
        required=True, metadata={"description": "the job, or who asked for it"}
    )
    finished_at = Instant(required=True)
    result = fields.Nested(HealthResultSchema, required=True)


class VersionsSchema(Schema):
    """What runs here."""

    airq_cron = fields.String(required=True)
    python = fields.String(required=True)


class FindingSchema(Schema):
    """What one check of the installation came to."""

    code = fields.String(required=True)
    severity = fields.Enum(Severity, by_value=fields.String, required=True)
    text = fields.String(required=True)
    fix = fields.String(required=True, allow_none=True)


class OverviewSchema(Schema):
    """The state of the whole instance at one moment."""

    state = fields.Enum(Overall, by_value=fields.String, required=True)
    reasons = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "why the state is not ok"},
    )
    warnings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata={"description": "what processes disagree about; degrades nothing"},
    )
    jobs = fields.List(fields.Nested(JobReportSchema), required=True)
    queues = fields.List(fields.Nested(QueueLineSchema), required=True)
    bottlenecks = fields.List(
        fields.Nested(BottleneckSchema),
        required=True,
        metadata={"description": "those of all queues, the worst first"},
    )
    processes = fields.List(fields.Nested(ProcessSchema), required=True)
    locations = fields.List(fields.Nested(PlaceLineSchema), required=True)
    providers = fields.List(fields.Nested(ProviderLineSchema), required=True)
    breakers = fields.List(fields.Nested(BreakerSchema), required=True)
    alerts = fields.List(
        fields.Nested(AlertSchema),
        required=True,
        metadata={"description": "the open ones, the last raised first, at most 100"},
    )
    health_check = fields.Nested(HealthCheckSchema, required=True, allow_none=True)
    versions = fields.Nested(VersionsSchema, required=True)
    uptime_s = fields.Integer(
        required=True, metadata={"description": "of the process that answers"}
    )
    as_of = Instant(
        required=True,
        metadata={"description": "database and Redis were read within 1 s from then"},
    )


class AliveSchema(Schema):
    """The process answers."""

    status = fields.String(required=True)


class ReadySchema(Schema):
    """Everything that requests need answers."""

    status = fields.String(required=True)
    parts = fields.List(fields.String(), required=True)
