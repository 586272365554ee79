"""Documents about alerts."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.flip import FlipKind

from .fields import Cursor, Day, Instant, Text
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
    detail = fields.Dict(
        required=True, metadata={"description": "the figures behind it"}
    )


class AlertPageSchema(Schema):
    """A page of alerts, the last raised first."""

    items = fields.List(fields.Nested(AlertSchema), required=True)
    next_cursor = Cursor(
        "instant", "text", required=True, allow_none=True, attribute="after"
    )
