"""Documents about alerts."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from airq_cron.domain.flip import FlipKind
from airq_cron.domain.severity import Severity
from airq_cron.services.steer_alerts import LONGEST_NOTE, MOST_MINUTES

from .fields import Count, Cursor, Day, Instant, Text
from .run_schema import PageQuery


class AlertQuery(PageQuery):
    """Which alerts; a filter that is left out lets all pass."""

    state = fields.String(
        validate=validate.OneOf(["open", "cleared"]),
        metadata={"description": "whether the condition still holds"},
    )
    kind = fields.Enum(FlipKind, by_value=fields.String)
    location = Text(validate=validate.Length(1, 64))
    since = Instant(metadata={"description": "raised at this instant or later"})
    until = Instant(metadata={"description": "raised before this instant"})
    cursor = Cursor(
        "instant", "text", metadata={"description": "`next_cursor` of the last page"}
    )


class AlertSchema(Schema):
    """A condition that came to hold, and maybe ceased to."""

    id = fields.String(required=True)
    kind = fields.Enum(FlipKind, by_value=fields.String, required=True)
    state = fields.String(required=True, validate=validate.OneOf(["open", "cleared"]))
    severity = fields.Enum(Severity, by_value=fields.String, required=True)
    subject = fields.String(required=True)
    location = fields.String(required=True, allow_none=True)
    scheme = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    day = Day(
        required=True,
        allow_none=True,
        metadata={"description": "local day of the place on which it was raised"},
    )
    message = fields.String(required=True)
    began_at = Instant(
        required=True, metadata={"description": "since when it holds, by the facts"}
    )
    raised_at = Instant(required=True, metadata={"description": "when that was found"})
    ended_at = Instant(required=True, allow_none=True)
    cleared_at = Instant(required=True, allow_none=True)
    cleared_message = fields.String(required=True, allow_none=True)
    acknowledged_at = Instant(required=True, allow_none=True)
    acknowledged_by = fields.String(required=True, allow_none=True)
    acknowledged_note = fields.String(required=True, allow_none=True)
    silenced_until = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "nobody is told of it before"},
    )
    detail = fields.Dict(
        required=True, metadata={"description": "the figures behind it"}
    )


class AcknowledgeSchema(Schema):
    """What whoever sees to an alert says of it."""

    may_be_absent = True
    note = Text(validate=validate.Length(1, LONGEST_NOTE))


class SilenceSchema(Schema):
    """For how long nobody is told of an alert."""

    until = Instant(metadata={"description": "within the next 30 days"})
    minutes = Count(
        validate=validate.Range(0, MOST_MINUTES),
        metadata={"description": "from now, instead of until; 0 ends a silence"},
    )
    note = Text(validate=validate.Length(1, LONGEST_NOTE))

    @validates_schema
    def check_one_end(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse two ends, and none."""
        if ("until" in data) == ("minutes" in data):
            raise ValidationError("give either until or minutes", "minutes")


class AlertPageSchema(Schema):
    """A page of alerts, the last raised first."""

    items = fields.List(fields.Nested(AlertSchema), required=True)
    next_cursor = Cursor(
        "instant", "text", required=True, allow_none=True, attribute="after"
    )
