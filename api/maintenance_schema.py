"""Documents of checking and cleaning up."""

from marshmallow import Schema, fields

from airq_cron.services.cleanup import DAY

from .fields import Flag, Instant
from .status_schema import HealthResultSchema


class PromptCheckSchema(HealthResultSchema):
    """A health check that somebody asked for."""

    by = fields.String(required=True, metadata={"description": "who asked for it"})
    finished_at = Instant(required=True)
    kept = Flag(
        required=True,
        metadata={"description": "false when the database did not store it in time"},
    )


class CleanupQuery(Schema):
    """Whether to clean up, or to say what would go."""

    dry_run = fields.Boolean(
        load_default=False,
        truthy={"true"},
        falsy={"false"},
        error_messages={"invalid": "Must be true or false."},
        metadata={"description": "remove nothing; answer 200 with what would go"},
    )


class CleanupLineSchema(Schema):
    """What is past its time of one kind."""

    kind = fields.String(required=True)
    count = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "null when it cannot be told from here"},
    )
    oldest = Instant(required=True, allow_none=True)
    age_days = fields.Function(
        lambda line: line.age // DAY,
        deserialize=int,
        required=True,
        metadata={"type": "integer", "description": "how long it is kept"},
    )
    kept = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "so many of a job at most; null without a bound"},
    )


class CleanupPreviewSchema(Schema):
    """What a cleanup would remove now."""

    kinds = fields.List(fields.Nested(CleanupLineSchema), required=True)
    as_of = Instant(required=True)
