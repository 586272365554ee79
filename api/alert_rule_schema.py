"""Documents about alert rules."""

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from airq_cron.domain.alert_rule import LONGEST, LONGEST_NOTE, MOST_JUDGEMENTS
from airq_cron.domain.severity import Severity
from airq_cron.services.alert_rules import RuleLine

from .fields import Count, Figure, Flag, Text

SECOND = timedelta(seconds=1)
MOST_SECONDS = LONGEST // SECOND
JUDGEMENTS = validate.Range(1, MOST_JUDGEMENTS)


def _repeat_s(line: RuleLine) -> int | None:
    repeat = line.rule.repeat_every
    return None if repeat is None else repeat // SECOND


class AlertRuleSchema(Schema):
    """How conditions of one kind become alerts."""

    name = fields.String(required=True, attribute="rule.name")
    about = fields.String(
        required=True,
        attribute="condition.about",
        metadata={"description": "an alert is open while"},
    )
    severity = fields.Enum(
        Severity, by_value=fields.String, required=True, attribute="rule.severity"
    )
    threshold = fields.Float(required=True, allow_none=True, attribute="rule.threshold")
    unit = fields.Function(
        lambda line: line.condition.bound and line.condition.bound.unit,
        required=True,
        metadata={
            "type": ["string", "null"],
            "description": "what the threshold counts; null where there is none",
        },
    )
    open_after = fields.Integer(required=True, attribute="rule.open_after")
    close_after = fields.Integer(required=True, attribute="rule.close_after")
    cool_down_s = fields.Function(
        lambda line: line.rule.cool_down // SECOND,
        required=True,
        metadata={"type": "integer"},
    )
    repeat_every_s = fields.Function(
        _repeat_s,
        required=True,
        metadata={"type": ["integer", "null"], "description": "null: told once"},
    )
    enabled = Flag(required=True, attribute="rule.enabled")
    note = fields.String(required=True, allow_none=True, attribute="rule.note")
    is_changed = Flag(
        required=True, metadata={"description": "by people; else as code has it"}
    )


class AlertRulePageSchema(Schema):
    """Every rule, by name."""

    items = fields.List(fields.Nested(AlertRuleSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True, attribute="after")


class AlertRuleChangeSchema(Schema):
    """What to change of a rule; what is left out stays."""

    severity = fields.Enum(Severity, by_value=fields.String)
    threshold = Figure(metadata={"description": "in the unit of the rule"})
    open_after = Count(
        validate=JUDGEMENTS,
        metadata={"description": "so many judgements in a row raise an alert"},
    )
    close_after = Count(
        validate=JUDGEMENTS, metadata={"description": "so many in a row clear it"}
    )
    cool_down_s = Count(
        validate=validate.Range(0, MOST_SECONDS),
        metadata={"description": "so long after its end it is not raised again"},
    )
    repeat_every_s = Count(
        allow_none=True,
        validate=validate.Range(60, MOST_SECONDS),
        metadata={"description": "null: told once"},
    )
    enabled = Flag()
    note = Text(allow_none=True, validate=validate.Length(1, LONGEST_NOTE))

    @post_load
    def name_fields(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Return the fields by the names that the rule has for them."""
        for given, name in (
            ("cool_down_s", "cool_down"),
            ("repeat_every_s", "repeat_every"),
        ):
            if given in data:
                value = data.pop(given)
                data[name] = None if value is None else timedelta(seconds=value)
        return data
