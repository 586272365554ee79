"""Documents about how a job is defined: whole, new, and changed."""

from typing import get_args

from marshmallow import Schema, fields, validate

from airq_cron.domain.catchup import LARGEST_CAP, Mode
from airq_cron.domain.job import Overlap, Priority, Queue
from airq_cron.domain.job_rules import LONGEST_CATEGORY, LONGEST_DESCRIPTION
from airq_cron.domain.kinds import KINDS
from airq_cron.domain.retry import Backoff

from .fields import Count, Cursor, Flag, Instant, Seconds, Text
from .params_schema import any_params
from .run_schema import PageQuery

LONGEST_WINDOW_S = 366 * 86_400
MODES = get_args(Mode)


def _limit(description: str) -> Count:
    return Count(allow_none=True, metadata={"description": description})


class CatchupSchema(Schema):
    """What to do with fire times that are found late."""

    mode = fields.String(validate=validate.OneOf(MODES))
    window_s = Count(
        allow_none=True,
        validate=validate.Range(1, LONGEST_WINDOW_S),
        metadata={"description": "older ones are missed; null keeps all"},
    )
    cap = Count(
        allow_none=True,
        validate=validate.Range(1, LARGEST_CAP),
        metadata={"description": "under `all`, the newest so many run"},
    )


class RetrySchema(Schema):
    """When a failed attempt is tried again."""

    backoff = fields.Enum(Backoff, by_value=fields.String)
    attempts = Count(metadata={"description": "at most so many in all, 1 to 100"})
    delay_s = Seconds(metadata={"description": "the pause, or its first step"})
    cap_s = Seconds(metadata={"description": "no pause is longer"})


class JobChangeSchema(Schema):
    """What may be changed of a job; what is left out stays."""

    description = Text(validate=validate.Length(0, LONGEST_DESCRIPTION))
    category = Text(validate=validate.Length(0, LONGEST_CATEGORY))
    kind = Text(
        validate=validate.Length(1, 60),
        metadata={
            "description": "what its runs do: "
            + "; ".join(f"`{one.name}`: {one.description}" for one in KINDS.values())
        },
    )
    params = fields.Dict(keys=fields.String(), metadata=any_params())
    schedule = Text(
        validate=validate.Length(1, 200),
        metadata={"description": "cron text, `every 30s`, `at <instant>` or `never`"},
    )
    timezone = Text(
        validate=validate.Length(1, 64),
        metadata={"description": "IANA zone in which the schedule is read"},
    )
    enabled = Flag()
    priority = fields.Enum(Priority, by_value=fields.String)
    queue = fields.Enum(Queue, by_value=fields.String)
    overlap = fields.Enum(Overlap, by_value=fields.String)
    catchup = fields.Nested(CatchupSchema)
    retry = fields.Nested(RetrySchema)
    time_limit_s = Count(
        metadata={"description": "an attempt is ended after so long; 1 to 3000"}
    )
    soft_limit_s = _limit("the body is told after so long; null: 5 s before the end")
    run_limit_s = _limit("no retry outlives it; null: one period, at most an hour")
    start_margin_s = _limit("a run that waits longer is missed; null: no bound")
    jitter_s = Count(
        metadata={"description": "starts lie so much later at most, by the job's name"}
    )
    pause_after = _limit("so many failed runs in a row switch it off; null: never")


class JobDefinitionSchema(JobChangeSchema):
    """A whole definition; what is left out takes its default."""

    kind = Text(required=True, validate=validate.Length(1, 60))
    schedule = Text(required=True, validate=validate.Length(1, 200))


class NewJobSchema(JobDefinitionSchema):
    """A job to be made."""

    name = Text(
        required=True,
        validate=validate.Length(1, 63),
        metadata={"description": "part of addresses: a-z, 0-9 and hyphens"},
    )


class JobDocumentSchema(Schema):
    """A job, as it is defined and how it stands."""

    name = fields.String(required=True)
    description = fields.String(required=True)
    category = fields.String(required=True)
    kind = fields.String(required=True)
    params = fields.Dict(keys=fields.String(), required=True, metadata=any_params())
    schedule = fields.String(required=True)
    timezone = fields.String(required=True)
    enabled = Flag(required=True)
    note = fields.String(
        required=True, allow_none=True, metadata={"description": "why it is off"}
    )
    queue = fields.String(required=True)
    priority = fields.String(required=True)
    overlap = fields.String(required=True)
    catchup = fields.Nested(CatchupSchema, required=True)
    retry = fields.Dict(required=True)
    time_limit_s = fields.Integer(required=True)
    soft_limit_s = fields.Integer(required=True, allow_none=True)
    run_limit_s = fields.Integer(required=True, allow_none=True)
    start_margin_s = fields.Integer(required=True, allow_none=True)
    jitter_s = fields.Integer(required=True)
    pause_after = fields.Integer(required=True, allow_none=True)
    source = fields.String(
        required=True, metadata={"description": "`code`, or `person` who made it"}
    )
    overrides = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": "of a job from code: what people have changed, with what "
            "code says"
        },
    )
    version = fields.Integer(
        required=True, metadata={"description": "the number in its ETag"}
    )
    next_run_at = Instant(required=True, allow_none=True)


class JobPageSchema(Schema):
    """A page of jobs, by name."""

    items = fields.List(fields.Nested(JobDocumentSchema), required=True)
    next_cursor = Cursor("text", required=True, allow_none=True)


class JobQuery(PageQuery):
    """Which jobs, and which page of them."""

    q = Text(
        validate=validate.Length(1, 100), metadata={"description": "part of the name"}
    )
    enabled = fields.Boolean(metadata={"description": "switched on, or off"})
    queue = fields.Enum(Queue, by_value=fields.String)
    cursor = Cursor("text", metadata={"description": "`next_cursor` of the last page"})


class IfMatchHeaders(Schema):
    """The version that the caller has seen."""

    if_match = fields.String(
        data_key="If-Match",
        validate=validate.Regexp(
            r'^(\*|(W/)?"[\x21\x23-\x7e]{0,64}")$',
            error="Send one entity tag, as the ETag header gave it.",
        ),
        metadata={"description": 'the `ETag` of the job, such as `"3"`, or `*`'},
    )


class PauseSchema(Schema):
    """Why a job is switched off."""

    note = Text(load_default="", validate=validate.Length(0, 500))
