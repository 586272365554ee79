"""Documents about breakers."""

from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from airq_cron.domain.breaker import BreakerState
from airq_cron.services.steer_breaker import MOST_MINUTES

from .fields import Count, Cursor, Flag, Instant, Text
from .run_schema import PageQuery

SECOND = timedelta(seconds=1)


def _seconds(attribute: str, description: str) -> fields.Function:
    # Which rules: `rules.window` or `usual.window`.
    holder, name = attribute.split(".")
    return fields.Function(
        lambda line: getattr(getattr(line, holder), name) / SECOND,
        deserialize=float,
        required=True,
        metadata={"type": "number", "description": description},
    )


class BreakerQuery(PageQuery):
    """Which page of a breaker's history."""

    cursor = Cursor("number")


class OpenSchema(Schema):
    """Why a breaker is opened by hand, and until when."""

    reason = Text(required=True, validate=validate.Length(1, 500))
    expires_at = Instant(
        metadata={"description": "when it may close again; left out: at a reset"}
    )
    minutes = Count(
        validate=validate.Range(1, MOST_MINUTES),
        metadata={"description": "for so long from now; instead of expires_at"},
    )

    @validates_schema
    def check_one_end(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse two ends."""
        if "expires_at" in data and "minutes" in data:
            raise ValidationError("give expires_at or minutes, not both", "minutes")


class HoldSchema(Schema):
    """What a person set."""

    reason = fields.String(required=True)
    by = fields.String(required=True)
    opened_at = Instant(required=True)
    expires_at = Instant(required=True, allow_none=True)


class BreakerSchema(Schema):
    """A provider's breaker."""

    name = fields.String(required=True)
    state = fields.Enum(BreakerState, by_value=fields.String, required=True)
    is_local = Flag(
        required=True,
        metadata={
            "description": "Redis is away: each process has a breaker of its own"
        },
    )
    failures = fields.Integer(required=True, attribute="breaker.failures")
    threshold = fields.Integer(required=True, attribute="rules.threshold")
    timeout_s = _seconds("rules.timeout", "how long it stays open before it tries")
    window_s = _seconds("usual.window", "as it was set")
    effective_window_s = _seconds(
        "rules.window", "at least twice the shortest period of a job that asks"
    )
    failed_at = Instant(required=True, allow_none=True, attribute="breaker.failed_at")
    opened_at = Instant(required=True, allow_none=True, attribute="breaker.opened_at")
    tries_at = Instant(
        required=True,
        allow_none=True,
        attribute="breaker.until",
        metadata={"description": "from when on one call may probe"},
    )
    probing_until = Instant(
        required=True, allow_none=True, attribute="breaker.holder_until"
    )
    closed_at = Instant(required=True, allow_none=True, attribute="breaker.closed_at")
    last_error = fields.String(
        required=True, allow_none=True, attribute="breaker.error"
    )
    hold = fields.Nested(HoldSchema, required=True, allow_none=True)


class BreakerPageSchema(Schema):
    """Every breaker, in the order of the providers."""

    items = fields.List(fields.Nested(BreakerSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True, attribute="after")


class BreakerChangeSchema(Schema):
    """A change of state."""

    at = Instant(required=True)
    before = fields.Enum(
        BreakerState, by_value=fields.String, required=True, data_key="from"
    )
    after = fields.Enum(
        BreakerState, by_value=fields.String, required=True, data_key="to"
    )
    reason = fields.String(required=True)
    failures = fields.Integer(required=True)
    actor = fields.String(
        required=True, metadata={"description": "`fleet`, or who did it by hand"}
    )


class BreakerHistorySchema(Schema):
    """A page of a breaker's history, newest first."""

    items = fields.List(fields.Nested(BreakerChangeSchema), required=True)
    next_cursor = Cursor("number", required=True, allow_none=True, attribute="after")
