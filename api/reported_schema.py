"""Documents about what providers say beside concentrations."""

from marshmallow import Schema, fields

from airq_cron.domain.pollutant import Pollutant

from .fields import Cursor, Flag, Instant
from .run_schema import PageQuery


def _distance() -> fields.Integer:
    return fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "metres from the location"},
    )


class ReportedQuery(PageQuery):
    """Which page of the reported indices."""

    cursor = Cursor("instant", "text", "text")


class ReportedIndexSchema(Schema):
    """An index in its provider's own words; we did not compute it."""

    provider = fields.String(required=True)
    scheme = fields.String(
        required=True, metadata={"description": "the provider's name for it"}
    )
    value = fields.Integer(required=True)
    main_pollutant = fields.Enum(
        Pollutant, by_value=fields.String, required=True, allow_none=True
    )
    valid_at = Instant(required=True)
    fetched_at = Instant(required=True)
    place = fields.String(
        required=True, metadata={"description": "where the provider says it is"}
    )
    distance_m = _distance()
    may_serve = Flag(
        required=True,
        metadata={
            "description": "whether the provider's terms allow to pass it on; "
            "false where nobody could read them"
        },
    )


class ReportedPageSchema(Schema):
    """A page of reported indices, newest first."""

    items = fields.List(fields.Nested(ReportedIndexSchema), required=True)
    next_cursor = Cursor(
        "instant", "text", "text", required=True, allow_none=True, attribute="after"
    )


class SourceSchema(Schema):
    """A station that gave hours of one pollutant."""

    provider = fields.String(required=True)
    pollutant = fields.Enum(Pollutant, by_value=fields.String, required=True)
    station = fields.String(required=True)
    name = fields.String(required=True)
    distance_m = _distance()
    attribution = fields.String(required=True)
    licence = fields.String(required=True)
    first_at = Instant(required=True)
    last_at = Instant(required=True)
    seen_at = Instant(required=True)


class SourcePageSchema(Schema):
    """The stations of a place; always whole."""

    items = fields.List(fields.Nested(SourceSchema), required=True)
    next_cursor = Cursor("text", required=True, allow_none=True, attribute="after")
