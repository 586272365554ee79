"""Documents about runs."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.job import Overlap, Queue
from airq_cron.domain.run import Outcome, State

from .fields import Count, Cursor, Instant, Text
from .idempotency import key_field

LARGEST_PAGE = 1000
USUAL_PAGE = 50


class PageQuery(Schema):
    """Which page of a list."""

    limit = Count(
        load_default=USUAL_PAGE,
        validate=validate.Range(1, LARGEST_PAGE),
        metadata={"description": "how many items at most"},
    )


class RunQuery(PageQuery):
    """Which runs; a filter that is left out lets all pass."""

    job = Text(validate=validate.Length(1, 100))
    state = fields.Enum(State, by_value=fields.String)
    queue = fields.Enum(Queue, by_value=fields.String)
    origin = Text(
        validate=validate.Length(1, 200),
        metadata={"description": "`schedule`, `manual:<key>` or `backfill:<id>`"},
    )
    since = Instant(metadata={"description": "scheduled_for at this instant or later"})
    until = Instant(metadata={"description": "scheduled_for before this instant"})
    cursor = Cursor(
        "instant", "text", metadata={"description": "`next_cursor` of the last page"}
    )


class ExecuteHeaders(Schema):
    """Headers of a manual run."""

    idempotency_key = key_field("the same key gives the run of the first call")


class ExecuteSchema(Schema):
    """How a manual run is begun; the body may be left out."""

    may_be_absent = True
    overlap = fields.Enum(
        Overlap,
        by_value=fields.String,
        metadata={"description": "for this run, instead of the job's policy"},
    )
    params = fields.Dict(
        keys=fields.String(),
        metadata={
            "description": "for this run, instead of the job's parameters of the "
            "same names"
        },
    )


class ReasonSchema(Schema):
    """Why, in the words of who asks; the body may be left out."""

    may_be_absent = True
    reason = Text(validate=validate.Length(1, 500))


class PartsQuery(PageQuery):
    """Which parts of a run."""

    state = fields.Enum(State, by_value=fields.String)
    cursor = Cursor("text", metadata={"description": "`next_cursor` of the last page"})


class PartsSchema(Schema):
    """How far a run is that was split into parts."""

    total = fields.Integer(required=True)
    left = fields.Integer(required=True)
    failed = fields.Integer(
        required=True, metadata={"description": "parts that ended without success"}
    )


class AttemptSchema(Schema):
    """One claim of a run."""

    number = fields.Integer(required=True)
    worker = fields.String(required=True)
    started_at = Instant(required=True)
    finished_at = Instant(required=True, allow_none=True)
    outcome = fields.Enum(
        Outcome, by_value=fields.String, required=True, allow_none=True
    )
    error = fields.String(required=True, allow_none=True)


class RunSchema(Schema):
    """One execution of a job for one fire time."""

    id = fields.String(required=True)
    job = fields.String(required=True)
    kind = fields.String(required=True)
    queue = fields.String(required=True)
    origin = fields.String(required=True)
    part = fields.Integer(required=True)
    parent = fields.String(required=True, allow_none=True)
    parts = fields.Nested(PartsSchema, required=True, allow_none=True, attribute="fan")
    scheduled_for = Instant(required=True)
    interval_start = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "data interval: (interval_start, scheduled_for]"},
    )
    entered_by = fields.String(required=True, allow_none=True)
    decision = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "what the job's policies said when it was entered"},
    )
    state = fields.Enum(State, by_value=fields.String, required=True)
    reason = fields.String(required=True, allow_none=True)
    not_before = Instant(required=True, allow_none=True)
    sends = fields.Integer(
        required=True, metadata={"description": "how often it was published"}
    )
    attempt = fields.Integer(required=True)
    crashes = fields.Integer(required=True)
    queued_at = Instant(required=True, allow_none=True)
    started_at = Instant(required=True, allow_none=True)
    finished_at = Instant(required=True, allow_none=True)
    deadline_at = Instant(required=True, allow_none=True)
    worker = fields.String(required=True, allow_none=True, attribute="owner")
    error = fields.String(required=True, allow_none=True)
    discarded_at = Instant(required=True, allow_none=True)


class SingleRunSchema(RunSchema):
    """One execution of a job, with its attempts."""

    result = fields.Dict(required=True, allow_none=True)
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)


class PartPageSchema(Schema):
    """A page of the parts of a run, by number."""

    items = fields.List(fields.Nested(RunSchema), required=True)
    next_cursor = Cursor("text", required=True, allow_none=True, attribute="after")


class RunPageSchema(Schema):
    """A page of runs, newest scheduled_for first."""

    items = fields.List(fields.Nested(RunSchema), required=True)
    next_cursor = Cursor(
        "instant", "text", required=True, allow_none=True, attribute="after"
    )
