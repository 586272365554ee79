"""Documents about providers."""

from marshmallow import Schema, fields, validate

from .fields import Flag, Instant, Text


class EnableSchema(Schema):
    """For which place; left out, for all. The body may be left out."""

    may_be_absent = True
    location = Text(validate=validate.Length(1, 64))


class WindowUseSchema(Schema):
    """A moving window of a provider's quota."""

    name = fields.String(required=True)
    limit = fields.Integer(required=True, metadata={"description": "calls"})
    used = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "calls that count now; null when Redis is away"},
    )


class RefusedPlaceSchema(Schema):
    """A place for which the provider says that it will never answer."""

    location = fields.String(required=True)
    detail = fields.String(required=True)
    since = Instant(required=True)


class ProviderSchema(Schema):
    """One provider that can be asked."""

    name = fields.String(required=True)
    attribution = fields.String(required=True)
    disabled_at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    not_before = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "it said when to come back"},
    )
    in_flight = Flag(
        required=True,
        allow_none=True,
        metadata={"description": "it is being asked now; null when Redis is away"},
    )
    windows = fields.List(fields.Nested(WindowUseSchema), required=True)
    refused = fields.List(fields.Nested(RefusedPlaceSchema), required=True)
    samples = fields.Integer(
        required=True, metadata={"description": "answers nobody could read, kept"}
    )


class ProviderPageSchema(Schema):
    """Every provider that is asked, the default one first."""

    items = fields.List(fields.Nested(ProviderSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True, attribute="after")


class SampleSchema(Schema):
    """The begin of an answer that could not be read, without secrets."""

    at = Instant(required=True)
    reason = fields.String(required=True)
    body = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "bytes of the whole"})


class SamplePageSchema(Schema):
    """The newest few samples of a provider."""

    items = fields.List(fields.Nested(SampleSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True, attribute="after")
