"""Documents about where queues are heading."""

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from airq_cron.domain.health import Confidence
from airq_cron.domain.slope import Direction
from airq_cron.services.read_trends import SERIES

from .fields import Instant, Text

SECOND = timedelta(seconds=1)


class TrendQuery(Schema):
    """Which window, in which steps: `15m`, `6h`, `7d`."""

    window = Text(
        load_default="6h",
        validate=validate.Length(1, 8),
        metadata={"description": "how far back, `1m` to `90d`"},
    )
    step = Text(
        validate=validate.Length(1, 8),
        metadata={
            "description": "length of a point; whole hours when the window is above "
            "`24h`; at most 300 points. Left out: the finest that gives 120"
        },
    )


class SpreadSchema(Schema):
    """Percentiles in seconds, from log-spaced buckets; null without samples."""

    p50 = fields.Float(required=True, allow_none=True)
    p95 = fields.Float(required=True, allow_none=True)
    p99 = fields.Float(required=True, allow_none=True)


class PointSchema(Schema):
    """One step; what nobody watched is null, never zero."""

    start = Instant(required=True)
    throughput = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "messages done with, a minute"},
    )
    arrivals = fields.Float(
        required=True, allow_none=True, metadata={"description": "likewise"}
    )
    failure_rate = fields.Float(required=True, allow_none=True)
    dwell_s = fields.Nested(SpreadSchema, required=True)
    handling_s = fields.Nested(SpreadSchema, required=True)
    waiting = fields.Integer(required=True, allow_none=True)
    score = fields.Float(required=True, allow_none=True, validate=validate.Range(0, 1))


class SlopeSchema(Schema):
    """How fast a series changes, by Theil and Sen."""

    per_hour = fields.Float(required=True)
    low = fields.Float(required=True)
    high = fields.Float(
        required=True, metadata={"description": "`low` and `high` hold it with 95 %"}
    )
    p_value = fields.Float(
        required=True,
        metadata={"description": "how often chance looks as much like a trend"},
    )
    points = fields.Integer(required=True)
    direction = fields.Enum(Direction, by_value=fields.String, required=True)
    confidence = fields.Enum(Confidence, by_value=fields.String, required=True)


def _slope() -> fields.Nested:
    return fields.Nested(SlopeSchema, required=True, allow_none=True)


SlopesSchema: Any = Schema.from_dict(
    {name: _slope() for name in SERIES}, name="SlopesSchema"
)


def _seconds(attribute: str) -> fields.Function:
    def read(trend: Any) -> int:
        value = getattr(trend.grid, attribute)
        return int(getattr(value, "length", value) / SECOND)

    return fields.Function(
        read, deserialize=int, required=True, metadata={"type": "integer"}
    )


class TrendSchema(Schema):
    """Where a queue is heading."""

    queue = fields.String(required=True)
    window_s = _seconds("period")
    step_s = _seconds("step")
    points = fields.List(fields.Nested(PointSchema), required=True)
    gaps = fields.Integer(
        required=True, metadata={"description": "steps that nobody watched"}
    )
    slopes = fields.Nested(
        SlopesSchema,
        required=True,
        metadata={"description": "null below 5 known points"},
    )
    drain_s = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "until the backlog is gone, as it falls; else null"},
    )
    as_of = Instant(required=True)
