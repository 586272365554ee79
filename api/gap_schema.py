"""Documents about freshness, completeness and gaps."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.completeness import INTERVAL
from airq_cron.domain.pollutant import Pollutant

from .fields import Count, Instant, Ratio

LONGEST_DAYS = 92
STATES = ("fresh", "stale", "ended", "never_delivered")


def _days() -> Count:
    return Count(
        load_default=30,
        validate=validate.Range(1, LONGEST_DAYS),
        metadata={"description": "how many days back gaps are looked for"},
    )


class GapQuery(Schema):
    """Which gaps."""

    days = _days()


class FillSchema(Schema):
    """Which gaps are filled; the body may be left out."""

    may_be_absent = True
    days = _days()


class ShareSchema(Schema):
    """How many of the expected hours have a value."""

    expected = fields.Integer(required=True)
    present = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    coverage = Ratio(required=True, allow_none=True)


class GapSchema(Schema):
    """Hours in a row without a value."""

    begins_at = Instant(required=True, data_key="from", attribute="period.start")
    ends_at = Instant(required=True, data_key="to", attribute="period.end")
    hours = fields.Integer(required=True)
    fillable = fields.Boolean(required=True)
    why = fields.String(
        required=True, metadata={"description": "why it cannot be filled"}
    )


class CompletenessSchema(Schema):
    """One series of a place."""

    pollutant = fields.Enum(
        Pollutant, by_value=fields.String, required=True, allow_none=True
    )
    provider = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    newest_at = Instant(required=True, allow_none=True)
    age_s = fields.Integer(required=True, allow_none=True)
    interval_s = fields.Function(
        lambda _: int(INTERVAL.total_seconds()),
        required=True,
        metadata={"type": "integer", "description": "seconds from value to value"},
    )
    last_7_days = fields.Nested(ShareSchema, required=True, attribute="week")
    last_30_days = fields.Nested(ShareSchema, required=True, attribute="month")
    revision_rate = Ratio(required=True, allow_none=True)
    gaps = fields.List(fields.Nested(GapSchema), required=True)


class GapPageSchema(Schema):
    """Every series of a place, by provider and pollutant."""

    items = fields.List(fields.Nested(CompletenessSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True, attribute="after")
