"""Documents about channels."""

from marshmallow import Schema, fields

from .fields import Flag


class ChannelSchema(Schema):
    """One way to reach people."""

    name = fields.String(required=True)
    scheme = fields.String(
        required=True,
        metadata={"description": "`webhook`, or the service's scheme in apprise"},
    )
    least_severity = fields.String(
        required=True,
        attribute="least",
        metadata={"description": "alerts below it are not sent"},
    )
    leads_to = fields.String(
        required=True,
        attribute="shown",
        metadata={"description": "where to, without any secret"},
    )


class ChannelPageSchema(Schema):
    """Every channel that is set."""

    items = fields.List(fields.Nested(ChannelSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True, attribute="after")


class TrialSchema(Schema):
    """What became of a test message."""

    channel = fields.String(required=True)
    delivered = Flag(required=True)
    answer = fields.String(
        required=True,
        metadata={"description": "what was answered, or why it was not delivered"},
    )
    retryable = Flag(
        required=True,
        allow_none=True,
        metadata={"description": "a later attempt may do better; null when delivered"},
    )
