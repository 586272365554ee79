"""Documents about fire times to come."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.firing import Mark, Novelty
from airq_cron.services.preview import LARGEST_PAGE

from .fields import Count, Cursor, Instant, Moment, Text


class PreviewQuerySchema(Schema):
    """Which fire times; a schedule or timezone proposes a change."""

    since = Moment(
        data_key="from",
        metadata={"description": "an instant, or a local day from its begin; else now"},
    )
    until = Moment(
        data_key="to",
        metadata={"description": "an instant, excluded, or a local day to its end"},
    )
    schedule = Text(validate=validate.Length(1, 200))
    zone = Text(data_key="timezone", validate=validate.Length(1, 64))
    limit = Count(
        load_default=LARGEST_PAGE,
        validate=validate.Range(1, LARGEST_PAGE),
        metadata={"description": "how many items at most"},
    )
    after = Cursor(
        "instant",
        data_key="cursor",
        metadata={"description": "`next_cursor` of the last page"},
    )


class FireTimeSchema(Schema):
    """One fire time."""

    scheduled_for = Instant(required=True, attribute="at")
    local = fields.String(
        required=True, metadata={"description": "what clocks of the zone show then"}
    )
    mark = fields.Enum(
        Mark,
        by_value=fields.String,
        required=True,
        allow_none=True,
        metadata={
            "description": "`gap`: its time is skipped, it fires when the gap ends; "
            "`fold`: clocks show its time twice"
        },
    )
    novelty = fields.Enum(
        Novelty,
        by_value=fields.String,
        required=True,
        allow_none=True,
        data_key="change",
        metadata={"description": "null unless a change is proposed"},
    )


class PreviewSchema(Schema):
    """Fire times of a job in a period, oldest first, as if it were switched on."""

    job = fields.String(required=True, attribute="job.name")
    schedule = fields.String(required=True, attribute="schedule.text")
    timezone = fields.String(required=True, attribute="schedule.zone")
    since = Instant(required=True, data_key="from", attribute="period.start")
    until = Instant(required=True, data_key="to", attribute="period.end")
    items = fields.List(
        fields.Nested(FireTimeSchema), required=True, attribute="page.items"
    )
    next_cursor = Cursor(
        "instant", required=True, allow_none=True, attribute="page.after"
    )
