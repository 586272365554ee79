"""Documents about what holds queues up, and what would help."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.bottleneck import BottleneckKind
from airq_cron.domain.health import Confidence
from airq_cron.domain.recommendation import Action
from airq_cron.domain.severity import Severity

from .fields import Instant


def _severity() -> fields.Enum[Severity]:
    return fields.Enum(Severity, by_value=fields.String, required=True)


class BottleneckSchema(Schema):
    """One thing that holds a queue up."""

    queue = fields.String(required=True)
    kind = fields.Enum(BottleneckKind, by_value=fields.String, required=True)
    severity = _severity()
    value = fields.Float(
        required=True,
        metadata={"description": "messages, a share of runs, or seconds"},
    )
    threshold = fields.Float(required=True)
    samples = fields.Integer(required=True)
    confidence = fields.Enum(Confidence, by_value=fields.String, required=True)
    message = fields.String(required=True)


class BottleneckPageSchema(Schema):
    """What holds any queue up, the worst first."""

    items = fields.List(fields.Nested(BottleneckSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True, attribute="after")


class CapacitySchema(Schema):
    """What a queue is able to do, by Little's law; null is unknown."""

    arrival_rate = fields.Float(
        required=True, allow_none=True, metadata={"description": "messages a second"}
    )
    service_rate = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "messages a second of one worker process"},
    )
    offered_load = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "worker processes that are busy on average"},
    )
    utilisation = fields.Float(required=True, allow_none=True)
    workers = fields.Integer(required=True, allow_none=True)
    workers_needed = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "to have the backlog gone in 5 minutes"},
    )
    keeps_up = fields.Boolean(required=True, allow_none=True)
    drain_s = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "null too when the backlog does not shrink"},
    )


class RequestSchema(Schema):
    """The call that does it."""

    method = fields.String(required=True)
    path = fields.String(required=True)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    body = fields.Dict(required=True)


class RecommendationSchema(Schema):
    """One thing that would help."""

    action = fields.Enum(Action, by_value=fields.String, required=True)
    severity = _severity()
    bottlenecks = fields.List(
        fields.Enum(BottleneckKind, by_value=fields.String), required=True
    )
    title = fields.String(required=True)
    evidence = fields.Dict(
        required=True, metadata={"description": "figures; their names end in the unit"}
    )
    effect = fields.String(
        required=True, metadata={"description": "what to expect of it"}
    )
    request = fields.Nested(
        RequestSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null where no request can do it"},
    )
    command = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "a line for the shell"},
    )


class AdviceSchema(Schema):
    """What would help a queue; no items when all is well."""

    queue = fields.String(required=True, attribute="health.name")
    score = fields.Float(
        required=True,
        allow_none=True,
        attribute="health.health.score",
        validate=validate.Range(0, 1),
    )
    capacity = fields.Nested(
        CapacitySchema, required=True, allow_none=True, attribute="health.capacity"
    )
    items = fields.List(fields.Nested(RecommendationSchema), required=True)
    next_cursor = fields.String(
        required=True, allow_none=True, dump_default=None, attribute="after"
    )
    as_of = Instant(required=True)
