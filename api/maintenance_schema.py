"""Documents of checking and cleaning up."""

from marshmallow import fields

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
