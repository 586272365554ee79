"""Documents about locations and their air."""

from operator import attrgetter

from marshmallow import Schema, fields, validate

from airq_cron.domain.daily import DayStatus
from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.rating import rate_day, rate_hour

from .fields import (
    Concentration,
    Cursor,
    Day,
    Degrees,
    Flag,
    Instant,
    Micros,
    Moment,
    Ratio,
    Text,
)
from .index_schema import MainIndicesField, RatingsField
from .run_schema import PageQuery

MOST_PROVIDERS = 10


def _name() -> Text:
    return Text(required=True, validate=validate.Length(1, 200))


def _provider() -> Text:
    return Text(
        validate=validate.Length(1, 64),
        metadata={"description": "only its figures; else the place's order decides"},
    )


def _format() -> fields.String:
    return fields.String(
        validate=validate.OneOf(["json", "csv"]),
        metadata={
            "description": "before `Accept`; CSV holds the whole period, without pages"
        },
    )


class LocationChangeSchema(Schema):
    """What may be changed of a location; what is left out stays."""

    name = Text(validate=validate.Length(1, 200))
    lat = Degrees(metadata={"description": "degrees north, WGS 84"})
    lon = Degrees(metadata={"description": "degrees east, WGS 84"})
    zone = Text(
        validate=validate.Length(1, 64),
        metadata={"description": "IANA zone; it decides when a day begins here"},
    )
    providers = fields.List(
        Text(validate=validate.Length(1, 64)),
        validate=validate.Length(1, MOST_PROVIDERS),
        metadata={"description": "in order of preference, measured before modelled"},
    )
    enabled = Flag(metadata={"description": "whether it is fetched"})


class NewLocationSchema(LocationChangeSchema):
    """A place whose air is to be watched."""

    id = Text(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "lower-case letters, digits, inner hyphens"},
    )
    name = _name()
    lat = Degrees(required=True, metadata={"description": "degrees north, WGS 84"})
    lon = Degrees(required=True, metadata={"description": "degrees east, WGS 84"})
    zone = Text(required=True, validate=validate.Length(1, 64))


class LocationSchema(Schema):
    """A place whose air is watched."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    lat = Degrees(required=True)
    lon = Degrees(required=True)
    zone = fields.String(required=True)
    providers = fields.List(
        fields.String(), required=True, attribute="written_providers"
    )
    enabled = Flag(required=True)


class LocationQuery(PageQuery):
    """Which page of the locations."""

    cursor = Cursor("text")


class LocationPageSchema(Schema):
    """A page of locations, by id."""

    items = fields.List(fields.Nested(LocationSchema), required=True)
    next_cursor = Cursor("text", required=True, allow_none=True, attribute="after")


class AirQuerySchema(PageQuery):
    """Which hours of a place."""

    since = Moment(
        data_key="from",
        metadata={"description": "an instant, or a local day; a day before `to`"},
    )
    until = Moment(
        data_key="to",
        metadata={"description": "an instant, excluded, or a local day, included; now"},
    )
    pollutant = fields.Enum(Pollutant, by_value=fields.String)
    provider = _provider()
    after = Cursor("instant", "text", data_key="cursor")
    format = _format()


class DayQuerySchema(Schema):
    """Which local days of a place, both included."""

    since = Day(data_key="from", metadata={"description": "six days before `to`"})
    until = Day(data_key="to", metadata={"description": "the present local day"})
    provider = _provider()
    format = _format()


class FigureSchema(Schema):
    """What every figure of the air says about itself."""

    pollutant = fields.Enum(Pollutant, by_value=fields.String, required=True)
    unit = fields.Enum(Unit, by_value=fields.String, required=True)
    provider = fields.String(required=True)
    origin = fields.Enum(Origin, by_value=fields.String, required=True)


class MeasurementSchema(FigureSchema):
    """One concentration, valid for the hour from `valid_from` on."""

    value = Micros(required=True, attribute="micros")
    valid_from = Instant(required=True)
    fetched_at = Instant(required=True)
    quality = fields.Function(
        lambda row: [flag.name.lower() for flag in row.quality if flag.name],
        deserialize=lambda names: names,
        required=True,
        metadata={"type": "array", "items": {"type": "string"}},
    )


class SeriesSchema(Schema):
    """A page of measurements, by instant and pollutant."""

    items = fields.List(fields.Nested(MeasurementSchema), required=True)
    next_cursor = Cursor(
        "instant", "text", required=True, allow_none=True, attribute="after"
    )


class HourSchema(FigureSchema):
    """The figures of one hour."""

    hour = Instant(required=True)
    n = fields.Integer(required=True, metadata={"description": "measurements"})
    expected = fields.Integer(required=True)
    coverage = Ratio(required=True, validate=validate.Range(0, 1))
    mean = Micros(required=True, attribute="mean_micros")
    min = Micros(required=True, attribute="min_micros")
    max = Micros(required=True, attribute="max_micros")
    max_at = Instant(required=True)
    p50 = Micros(required=True, attribute="p50_micros")
    p95 = Micros(required=True, attribute="p95_micros")
    indices = RatingsField(rate_hour)


class HourlySchema(Schema):
    """A page of hourly aggregates, by hour and pollutant."""

    items = fields.List(fields.Nested(HourSchema), required=True)
    next_cursor = Cursor(
        "instant", "text", required=True, allow_none=True, attribute="after"
    )


class LatestItemSchema(FigureSchema):
    """The latest concentration of one pollutant."""

    value = Micros(required=True, attribute="micros")
    valid_from = Instant(required=True)
    age_s = fields.Integer(required=True)
    indices = RatingsField(attrgetter("ratings"))


class LatestSchema(Schema):
    """The latest concentrations at a place."""

    location = fields.Nested(LocationSchema, required=True)
    items = fields.List(fields.Nested(LatestItemSchema), required=True)
    indices = MainIndicesField()
    as_of = Instant(required=True)


def _figure(attribute: str, description: str) -> Micros:
    return Micros(
        required=True,
        allow_none=True,
        attribute=attribute,
        metadata={"description": description},
    )


class DailyPollutantSchema(Schema):
    """One pollutant over one local day; what too few hours allow is null."""

    mean = Concentration(required=True, allow_none=True)
    min = Micros(required=True, allow_none=True, attribute="min_micros")
    max = Micros(required=True, allow_none=True, attribute="max_micros")
    max_hour = Instant(required=True, allow_none=True)
    median = _figure("median_micros", "of the hourly means")
    p95 = _figure("p95_micros", "of the hourly means")
    max_8h_eu = _figure("mda8_eu_micros", "highest 8-hour mean that ends on the day")
    max_8h_eu_ends_at = Instant(
        required=True, allow_none=True, attribute="mda8_eu_ends_at"
    )
    max_8h_us = _figure(
        "mda8_us_micros", "highest of those from 07:00 to 23:00 local standard time"
    )
    max_8h_us_starts_at = Instant(
        required=True, allow_none=True, attribute="mda8_us_starts_at"
    )
    hours_valid = fields.Integer(required=True)
    hours_expected = fields.Integer(required=True)
    coverage = Ratio(required=True, validate=validate.Range(0, 1))
    status = fields.Enum(DayStatus, by_value=fields.String, required=True)
    revision = fields.Integer(
        required=True, metadata={"description": "how often a settled figure changed"}
    )
    unit = fields.Enum(Unit, by_value=fields.String, required=True)
    provider = fields.String(required=True)
    origin = fields.Enum(Origin, by_value=fields.String, required=True)
    indices = RatingsField(rate_day)


class DaySchema(Schema):
    """One local day of a place."""

    date = Day(required=True)
    zone = fields.String(required=True)
    status = fields.Enum(DayStatus, by_value=fields.String, required=True)
    pollutants = fields.Dict(
        keys=fields.Enum(Pollutant, by_value=fields.String),
        values=fields.Nested(DailyPollutantSchema),
        required=True,
    )
    indices = MainIndicesField()


class DailySchema(Schema):
    """The daily statistics of a place, oldest day first."""

    items = fields.List(fields.Nested(DaySchema), required=True)
    as_of = Instant(required=True)


class KeptFigureSchema(Schema):
    """The settled figures of a pollutant as they were before they were revised."""

    pollutant = fields.Enum(
        Pollutant,
        by_value=fields.String,
        required=True,
        attribute="statistic.pollutant",
    )
    replaced_at = Instant(required=True)
    figures = fields.Nested(DailyPollutantSchema, required=True, attribute="statistic")


class KeptDaySchema(Schema):
    """Everything that the figures of a day once were, oldest first."""

    items = fields.List(fields.Nested(KeptFigureSchema), required=True)
    next_cursor = fields.String(
        required=True,
        allow_none=True,
        attribute="after",
        metadata={"description": "always null"},
    )
