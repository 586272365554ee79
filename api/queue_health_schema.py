"""Documents about the health of queues."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.health import Confidence
from airq_cron.services.read_queue_health import WINDOW

from .fields import Instant


def _confidence(attribute: str | None = None) -> fields.Enum[Confidence]:
    return fields.Enum(
        Confidence,
        by_value=fields.String,
        required=True,
        attribute=attribute,
        metadata={"description": "how much the samples say"},
    )


class TermSchema(Schema):
    """One part of a score."""

    name = fields.String(required=True)
    input = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "what was measured; null without samples"},
    )
    weight = fields.Float(required=True)
    contribution = fields.Float(
        required=True, metadata={"description": "what it adds to the score"}
    )
    samples = fields.Integer(required=True)
    confidence = _confidence()


class QueueHealthSchema(Schema):
    """How healthy a queue is."""

    name = fields.String(required=True)
    score = fields.Float(
        required=True,
        allow_none=True,
        attribute="health.score",
        validate=validate.Range(0, 1),
        metadata={"description": "null when it cannot be known; 1 when idle"},
    )
    confidence = _confidence("health.confidence")
    window_s = fields.Function(
        lambda _: int(WINDOW.total_seconds()),
        deserialize=int,
        required=True,
        metadata={
            "type": "integer",
            "description": "what `failure_rate` and the terms cover",
        },
    )
    waiting = fields.Integer(required=True, allow_none=True)
    in_flight = fields.Integer(required=True)
    oldest_age_s = fields.Float(required=True, allow_none=True)
    failure_rate = fields.Float(required=True, allow_none=True)
    terms = fields.List(
        fields.Nested(TermSchema), required=True, attribute="health.terms"
    )


class QueuesHealthSchema(Schema):
    """How healthy every queue is."""

    queues = fields.List(fields.Nested(QueueHealthSchema), required=True)
    as_of = Instant(required=True)
