"""Documents about dead letters."""

from marshmallow import Schema, fields, validate

from airq_cron.services.dead_letters import MOST

from .fields import Count, Cursor, Instant, Text
from .run_schema import PageQuery, RunSchema


class LetterQuery(PageQuery):
    """Which dead letters; a filter that is left out lets all pass."""

    job = Text(validate=validate.Length(1, 100))
    since = Instant(metadata={"description": "scheduled_for at this instant or later"})
    until = Instant(metadata={"description": "scheduled_for before this instant"})
    cursor = Cursor(
        "instant", "text", metadata={"description": "`next_cursor` of the last page"}
    )


class LettersSchema(Schema):
    """Which dead letters are seen to at once, the newest first."""

    job = Text(required=True, validate=validate.Length(1, 100))
    since = Instant(metadata={"description": "scheduled_for at this instant or later"})
    until = Instant(metadata={"description": "scheduled_for before this instant"})
    limit = Count(
        load_default=MOST,
        validate=validate.Range(1, MOST),
        metadata={"description": "how many at most"},
    )


class LetterSchema(RunSchema):
    """A run that failed for good."""

    last_error = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the run's error, an attempt's, or its reason"},
    )


class LetterPageSchema(Schema):
    """A page of dead letters, newest scheduled_for first."""

    items = fields.List(fields.Nested(LetterSchema), required=True)
    next_cursor = Cursor(
        "instant", "text", required=True, allow_none=True, attribute="after"
    )


class RetriedSchema(Schema):
    """How many were started again."""

    retried = fields.Integer(required=True)


class DiscardedSchema(Schema):
    """How many were discarded."""

    discarded = fields.Integer(required=True)
