"""Documents about the audit trail."""

from marshmallow import Schema, fields, validate

from .fields import Cursor, Instant, Text
from .run_schema import PageQuery

LONGEST = validate.Length(1, 300)


class AuditQuery(PageQuery):
    """Which entries; a filter that is left out lets all pass."""

    actor = Text(
        validate=LONGEST,
        metadata={"description": "`token:<name>`, `cli:<user>` or `system`"},
    )
    action = Text(
        validate=LONGEST,
        metadata={"description": "such as `job.pause`; `call.refuse` for refusals"},
    )
    subject = Text(
        validate=LONGEST,
        metadata={"description": "such as `job:fetch-paris-data`"},
    )
    since = Instant(metadata={"description": "made at this instant or later"})
    until = Instant(metadata={"description": "made before this instant"})
    cursor = Cursor(
        *("instant", "number"),
        metadata={"description": "`next_cursor` of the last page"},
    )


class AuditEntrySchema(Schema):
    """One change, or one call that was refused."""

    id = fields.Integer(
        required=True, metadata={"description": "counts up without a gap"}
    )
    at = Instant(required=True)
    actor = fields.String(required=True)
    address = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "from which was asked; null from this machine"},
    )
    action = fields.String(required=True)
    subject = fields.String(required=True)
    before = fields.Dict(required=True, allow_none=True)
    after = fields.Dict(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    calls = fields.Integer(
        required=True, metadata={"description": "for how many calls it stands"}
    )
    mac = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "seal of the chain; null before that began"},
    )


class AuditPageSchema(Schema):
    """A page of the audit trail, newest first."""

    items = fields.List(fields.Nested(AuditEntrySchema), required=True)
    next_cursor = Cursor(
        *("instant", "number"), required=True, allow_none=True, attribute="after"
    )
