"""Documents about the report of a day."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.daily import DayStatus
from airq_cron.domain.day_index import Basis
from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.scales.scheme import Averaging
from airq_cron.domain.standards import Standard

from .charts.drawing import Theme
from .fields import Concentration, Cursor, Day, Instant, Micros, Ratio
from .run_schema import PageQuery

FORMATS = ("json", "html", "csv")


class ReportQuery(Schema):
    """In which form a report is given."""

    format = fields.String(
        validate=validate.OneOf(FORMATS),
        metadata={"description": "else `Accept` decides; JSON by default"},
    )


class ReportsQuery(PageQuery, ReportQuery):
    """Which page of a day's reports, and in which form."""

    cursor = Cursor("text")


class ChartQuery(Schema):
    """What a chart shows, and on what."""

    date = Day(metadata={"description": "the present local day when left out"})
    pollutant = fields.Enum(
        Pollutant, by_value=fields.String, load_default=Pollutant.PM2_5
    )
    theme = fields.Enum(Theme, by_value=fields.String, load_default=Theme.LIGHT)


class YearQuery(ChartQuery):
    """Which year a calendar shows; without a pollutant the place's index."""

    pollutant = fields.Enum(Pollutant, by_value=fields.String)


class ChangeSchema(Schema):
    """The change of a day's mean against earlier days, in the day's unit."""

    earlier = Concentration(required=True)
    difference = Concentration(required=True)
    percent = Concentration(required=True, allow_none=True)


class PollutantReportSchema(Schema):
    """One pollutant of the day."""

    mean = Concentration(required=True, allow_none=True, attribute="figures.mean")
    min = Micros(required=True, allow_none=True, attribute="figures.min_micros")
    max = Micros(required=True, allow_none=True, attribute="figures.max_micros")
    max_hour = Instant(required=True, allow_none=True, attribute="figures.max_hour")
    median = Micros(required=True, allow_none=True, attribute="figures.median_micros")
    p95 = Micros(required=True, allow_none=True, attribute="figures.p95_micros")
    max_8h_eu = Micros(
        required=True, allow_none=True, attribute="figures.mda8_eu_micros"
    )
    max_8h_eu_ends_at = Instant(
        required=True, allow_none=True, attribute="figures.mda8_eu_ends_at"
    )
    max_8h_us = Micros(
        required=True, allow_none=True, attribute="figures.mda8_us_micros"
    )
    max_8h_us_starts_at = Instant(
        required=True, allow_none=True, attribute="figures.mda8_us_starts_at"
    )
    hours_valid = fields.Integer(required=True, attribute="figures.hours_valid")
    hours_expected = fields.Integer(required=True, attribute="figures.hours_expected")
    coverage = Ratio(required=True, attribute="figures.coverage")
    status = fields.Enum(
        DayStatus, by_value=fields.String, required=True, attribute="figures.status"
    )
    unit = fields.Enum(
        Unit, by_value=fields.String, required=True, attribute="figures.unit"
    )
    provider = fields.String(required=True, attribute="figures.provider")
    origin = fields.Enum(
        Origin, by_value=fields.String, required=True, attribute="figures.origin"
    )
    revision = fields.Integer(required=True, attribute="figures.revision")
    day_before = fields.Nested(ChangeSchema, required=True, allow_none=True)
    week_before = fields.Nested(ChangeSchema, required=True, allow_none=True)


class DayIndexSchema(Schema):
    """A scheme's index of the day; null where nothing has enough hours."""

    index = fields.Integer(
        required=True, allow_none=True, dump_default=None, attribute="index.index"
    )
    category = fields.String(
        required=True, allow_none=True, dump_default=None, attribute="index.category"
    )
    color = fields.String(
        required=True, allow_none=True, dump_default=None, attribute="index.color"
    )
    advice = fields.String(
        required=True, allow_none=True, dump_default=None, attribute="index.advice"
    )
    main_pollutant = fields.Enum(
        Pollutant, by_value=fields.String, required=True, allow_none=True
    )
    basis = fields.Enum(Basis, by_value=fields.String, required=True)
    hour = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "begin of the worst hour, where that is the basis"},
    )


class ComparisonSchema(Schema):
    """A concentration of the day beside a limit."""

    standard = fields.Enum(
        Standard, by_value=fields.String, required=True, attribute="limit.standard"
    )
    pollutant = fields.Enum(
        Pollutant, by_value=fields.String, required=True, attribute="limit.pollutant"
    )
    averaging = fields.Enum(
        Averaging, by_value=fields.String, required=True, attribute="limit.averaging"
    )
    limit = Concentration(required=True, attribute="limit.value")
    unit = fields.Enum(
        Unit, by_value=fields.String, required=True, attribute="limit.unit"
    )
    permitted = fields.Integer(
        required=True,
        allow_none=True,
        attribute="limit.permitted",
        metadata={"description": "how often a year; see `per`"},
    )
    per = fields.String(required=True, attribute="limit.per")
    value = Concentration(required=True, allow_none=True)
    ratio = Concentration(required=True, allow_none=True)
    exceeded = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "null: the day has not enough hours to say"},
    )


class DayAlertSchema(Schema):
    """An alert of the place that touched the day."""

    message = fields.String(required=True)
    cleared_message = fields.String(required=True, allow_none=True)
    scheme = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    began_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)


class ReportSourceSchema(Schema):
    """Whom to name for the figures."""

    provider = fields.String(required=True)
    origin = fields.Enum(Origin, by_value=fields.String, required=True)
    attribution = fields.String(required=True)


class ReportSchema(Schema):
    """The report of one local day of a place."""

    location = fields.String(required=True, attribute="location.id")
    name = fields.String(required=True, attribute="location.name")
    date = Day(required=True)
    zone = fields.String(required=True)
    begins_at = Instant(required=True, attribute="period.start")
    ends_at = Instant(required=True, attribute="period.end")
    hours_expected = fields.Integer(
        required=True, metadata={"description": "23, 24 or 25"}
    )
    status = fields.Enum(DayStatus, by_value=fields.String, required=True)
    so_far = fields.Boolean(
        required=True, metadata={"description": "the day has not ended yet"}
    )
    pollutants = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(PollutantReportSchema),
        required=True,
    )
    indices = fields.Dict(
        keys=fields.String(), values=fields.Nested(DayIndexSchema), required=True
    )
    exceedances = fields.List(fields.Nested(ComparisonSchema), required=True)
    comparisons = fields.List(fields.Nested(ComparisonSchema), required=True)
    alerts = fields.List(
        fields.Nested(DayAlertSchema), required=True, attribute="flips"
    )
    sources = fields.List(fields.Nested(ReportSourceSchema), required=True)
    revisions = fields.Integer(required=True)
    as_of = Instant(
        required=True, metadata={"description": "when the figures were computed"}
    )


class ReportLineSchema(Schema):
    """One place on a day."""

    location = fields.String(required=True)
    name = fields.String(required=True)
    zone = fields.String(required=True)
    status = fields.Enum(
        DayStatus,
        by_value=fields.String,
        required=True,
        allow_none=True,
        metadata={"description": "null: the day has not begun there"},
    )
    so_far = fields.Boolean(required=True)
    indices = fields.Dict(
        keys=fields.String(), values=fields.Nested(DayIndexSchema), required=True
    )
    exceedances = fields.Integer(required=True)
    href = fields.String(required=True)


class ReportPageSchema(Schema):
    """A page of a day's reports, by location."""

    date = Day(required=True)
    items = fields.List(fields.Nested(ReportLineSchema), required=True)
    next_cursor = Cursor("text", required=True, allow_none=True)
