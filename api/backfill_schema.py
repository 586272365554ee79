"""Documents about backfills."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.backfill import MOST_AT_ONCE, Stage
from airq_cron.domain.job import Overlap

from .fields import Count, Cursor, Day, Instant, Ratio, Text
from .run_schema import PageQuery


class NewBackfillSchema(Schema):
    """Which job is run again for which days, and how many runs at once."""

    job = Text(required=True, validate=validate.Length(1, 100))
    first = Day(
        required=True,
        data_key="from",
        metadata={"description": "first day, in the job's zone"},
    )
    last = Day(
        required=True, data_key="to", metadata={"description": "last day, included"}
    )
    overlap = fields.Enum(
        Overlap, by_value=fields.String, load_default=Overlap.QUEUE_ALL
    )
    concurrency = Count(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MOST_AT_ONCE),
        metadata={"description": "1 unless given, without a bound under `allow`"},
    )


class BackfillQuery(PageQuery):
    """Which backfills; a filter that is left out lets all pass."""

    job = Text(validate=validate.Length(1, 100))
    cursor = Cursor(
        "instant", "text", metadata={"description": "`next_cursor` of the last page"}
    )


class BackfillSchema(Schema):
    """Runs for past fire times, on purpose, and how far they are."""

    id = fields.String(required=True, attribute="backfill.id")
    job = fields.String(required=True, attribute="backfill.job")
    first = Day(required=True, data_key="from", attribute="backfill.first")
    last = Day(required=True, data_key="to", attribute="backfill.last")
    overlap = fields.Enum(
        Overlap, by_value=fields.String, required=True, attribute="backfill.overlap"
    )
    concurrency = fields.Integer(
        required=True,
        allow_none=True,
        attribute="backfill.concurrency",
        metadata={"description": "how many at once; null for no bound"},
    )
    state = fields.Enum(
        Stage, by_value=fields.String, required=True, attribute="backfill.stage"
    )
    total = fields.Integer(required=True, attribute="backfill.runs")
    ended = fields.Integer(required=True)
    progress = Ratio(required=True, attribute="share", validate=validate.Range(0, 1))
    states = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        attribute="counts",
        metadata={"description": "runs by state; without those retention removed"},
    )
    entered_by = fields.String(required=True, attribute="backfill.entered_by")
    created_at = Instant(required=True, attribute="backfill.created_at")
    finished_at = Instant(
        required=True, allow_none=True, attribute="backfill.finished_at"
    )
    cancelled_at = Instant(
        required=True, allow_none=True, attribute="backfill.cancelled_at"
    )


class BackfillPageSchema(Schema):
    """A page of backfills, newest first."""

    items = fields.List(fields.Nested(BackfillSchema), required=True)
    next_cursor = Cursor(
        "instant", "text", required=True, allow_none=True, attribute="after"
    )
