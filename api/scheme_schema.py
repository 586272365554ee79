"""Documents about the schemes of indices."""

from marshmallow import Schema, fields

from airq_cron.domain.convert import Reference
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.scales.scheme import Averaging, Beyond

from .fields import Concentration, Cursor


class BandSchema(Schema):
    """One category of a scheme."""

    level = fields.Integer(required=True)
    category = fields.String(required=True)
    low = fields.Integer(required=True)
    high = fields.Integer(required=True, allow_none=True)
    color = fields.String(required=True)
    advice = fields.String(required=True)


class SegmentSchema(Schema):
    """A line of a table: concentrations and indices, both ends included."""

    level = fields.Integer(required=True)
    low = Concentration(required=True)
    high = Concentration(required=True)
    index_low = fields.Integer(required=True)
    index_high = fields.Integer(required=True)


class TableSchema(Schema):
    """How a scheme reads one pollutant and averaging time."""

    pollutant = fields.Enum(Pollutant, by_value=fields.String, required=True)
    averaging = fields.Enum(Averaging, by_value=fields.String, required=True)
    unit = fields.Enum(Unit, by_value=fields.String, required=True)
    step = Concentration(
        required=True,
        allow_none=True,
        metadata={"description": "values are cut to it; null: taken as they are"},
    )
    segments = fields.List(fields.Nested(SegmentSchema), required=True)
    beyond = fields.Enum(
        Beyond,
        by_value=fields.String,
        required=True,
        metadata={
            "description": "above the last line: it goes on (`slope`), its end holds "
            "(`hold`), or there is no index (`none`)"
        },
    )


class SchemeSchema(Schema):
    """A published way to turn concentrations into an index."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    source = fields.String(required=True)
    effective = fields.String(required=True)
    reference = fields.Enum(
        Reference,
        by_value=fields.String,
        required=True,
        metadata={"description": "temperature at which gases are weighed"},
    )
    counts_levels = fields.Boolean(
        required=True,
        metadata={"description": "the index is the level of the band"},
    )
    bands = fields.List(fields.Nested(BandSchema), required=True)
    tables = fields.List(fields.Nested(TableSchema), required=True)


class SchemePageSchema(Schema):
    """All schemes; there is one page."""

    items = fields.List(fields.Nested(SchemeSchema), required=True)
    next_cursor = Cursor("text", required=True, allow_none=True, attribute="after")
