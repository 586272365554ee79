"""Reads a query as Open-Meteo does, and refuses it in the same words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.zone import load_zone
from airq_cron.errors import InvalidError
from airq_cron.sandbox.source import HOUR_S

MICROGRAMS = "\u03bcg/m\u00b3"
DAY_S = 24 * HOUR_S
PAST_DAYS, FORECAST_DAYS, FORECAST_DEFAULT = 92, 7, 5
POLLUTANTS = {
    "pm2_5": Pollutant.PM2_5,
    "pm10": Pollutant.PM10,
    "ozone": Pollutant.O3,
    "nitrogen_dioxide": Pollutant.NO2,
    "sulphur_dioxide": Pollutant.SO2,
    "carbon_monoxide": Pollutant.CO,
}
# Known to the real server, always null here.
OTHERS = {
    "ammonia": MICROGRAMS,
    "dust": MICROGRAMS,
    "carbon_dioxide": "ppm",
    "aerosol_optical_depth": "",
    "uv_index": "",
    "uv_index_clear_sky": "",
    "european_aqi": "EAQI",
    "us_aqi": "USAQI",
    "alder_pollen": "grains/m\u00b3",
    "birch_pollen": "grains/m\u00b3",
    "grass_pollen": "grains/m\u00b3",
    "mugwort_pollen": "grains/m\u00b3",
    "olive_pollen": "grains/m\u00b3",
    "ragweed_pollen": "grains/m\u00b3",
}
UNITS = {**dict.fromkeys(POLLUTANTS, MICROGRAMS), **OTHERS}
MOST_PLACES = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """
    What is asked.

    Attributes:
        places: latitude and longitude, as asked.
        hourly: names of variables, as `current`.
        begin_s: local time of the first hour, as if it were UTC.
        hours: how many hours are asked for, from there on.
        offset_s: local time minus UTC, for the whole answer.
        now_s: when it was asked, in Unix seconds.
    """

    places: tuple[tuple[float, float], ...]
    hourly: tuple[str, ...]
    current: tuple[str, ...]
    begin_s: int
    hours: int
    offset_s: int
    timezone: str
    unixtime: bool
    now_s: int

    @property
    def whole_offset_s(self) -> int:
        """The offset in whole hours: data stands at the hours of UTC."""
        return self.offset_s // HOUR_S * HOUR_S


def parse_question(query: str, now_s: int) -> Question:
    """
    Return what the text after the question mark asks.

    Raises:
        InvalidError: its `reason` is what the real server would say.
    """
    given = parse_qs(query, max_num_fields=100)
    timezone, offset_s = _timezone(_one(given, "timezone", "GMT"), now_s)
    whole_offset_s = offset_s // HOUR_S * HOUR_S
    begin_s, end_s = _span(given, now_s + whole_offset_s)
    timeformat = _one(given, "timeformat", "iso8601")
    if timeformat not in {"iso8601", "unixtime"}:
        _refuse_value("Timeformat", timeformat)
    return Question(
        places=_places(given),
        hourly=_variables(given, "hourly"),
        current=_variables(given, "current"),
        begin_s=begin_s,
        hours=max(0, (end_s - begin_s) // HOUR_S),
        offset_s=offset_s,
        timezone=timezone,
        unixtime=timeformat == "unixtime",
        now_s=now_s,
    )


def _places(given: dict[str, list[str]]) -> tuple[tuple[float, float], ...]:
    lats, lons = (_floats(given, name) for name in ("latitude", "longitude"))
    both = "Parameter 'latitude' and 'longitude' must"
    if len(lats) != len(lons):
        _refuse(f"{both} have the same number of elements")
    if not lats:
        _refuse(f"{both} not be empty")
    if len(lats) > MOST_PLACES:
        _refuse(f"{both} not exceed {MOST_PLACES} coordinates.")
    for name, most, values in (("Latitude", 90, lats), ("Longitude", 180, lons)):
        for value in values:
            if not -most <= value <= most:
                _refuse(
                    f"{name} must be in range of -{most} to {most}\u00b0. "
                    f"Given: {value}."
                )
    return tuple(zip(lats, lons, strict=True))


def _variables(given: dict[str, list[str]], parameter: str) -> tuple[str, ...]:
    names = tuple(_listed(given, parameter))
    for name in names:
        if name not in UNITS:
            _refuse_value("SurfacePressureAndHeightVariable", name)
    return names


def _timezone(name: str, now_s: int) -> tuple[str, int]:
    """Return the zone's name and its offset now; `auto` is GMT here."""
    if name in {"GMT", "UTC", "auto"}:
        return ("UTC" if name == "UTC" else "GMT"), 0
    try:
        zone: ZoneInfo = load_zone(name)
    except InvalidError:
        _refuse("Invalid timezone")
    offset = datetime.fromtimestamp(now_s, zone).utcoffset()
    return name, int(offset.total_seconds()) if offset else 0


def _span(given: dict[str, list[str]], local_s: int) -> tuple[int, int]:
    """Return begin and end in local seconds, from whichever parameters are there."""
    for first, last, step in (
        ("start_hour", "end_hour", HOUR_S),
        ("start_date", "end_date", DAY_S),
    ):
        if first in given or last in given:
            return _dated_span(given, first, last, step)
    for past, forecast, step in (
        ("past_hours", "forecast_hours", HOUR_S),
        ("past_days", "forecast_days", DAY_S),
    ):
        if past in given or forecast in given:
            begin_s = local_s // step * step
            factor = DAY_S // step
            ahead = FORECAST_DAYS if step == HOUR_S else FORECAST_DEFAULT
            before = _count(given, past, 0, PAST_DAYS * factor)
            after = _count(given, forecast, ahead * factor, FORECAST_DAYS * factor)
            return begin_s - before * step, begin_s + after * step
    today_s = local_s // DAY_S * DAY_S
    return today_s, today_s + FORECAST_DEFAULT * DAY_S


def _dated_span(
    given: dict[str, list[str]], first: str, last: str, step: int
) -> tuple[int, int]:
    for relative in ("past_days", "forecast_days", "past_hours", "forecast_hours"):
        if _one(given, relative, "0") != "0":
            _refuse(
                f"Parameter '{relative}' is mutually exclusive with 'start_date' and "
                "'end_date'"
            )
    if not (first in given and last in given):
        _refuse("Both 'start_date' and 'end_date' must be set in the url")
    begin_s, end_s = (_instant(_one(given, name, ""), step) for name in (first, last))
    if end_s < begin_s:
        _refuse("End-date must be larger or equals than start-date")
    if end_s - begin_s > 400 * DAY_S:
        _refuse(f"Parameter '{last}' is out of allowed range")
    return begin_s, end_s + step


def _instant(text: str, step: int) -> int:
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        _refuse("Invalid date format. Make sure to use 'YYYY-MM-DD'")
    return int(moment.timestamp()) // step * step


def _count(given: dict[str, list[str]], name: str, default: int, most: int) -> int:
    text = _one(given, name, str(default))
    try:
        number = int(text)
    except ValueError:
        _refuse_value("Int", text)
    if not 0 <= number <= most:
        word = "Past" if name.startswith("past") else "Forecast"
        _refuse(f"{word} days is invalid. Allowed range 0 to {most}. Given {number}.")
    return number


def _floats(given: dict[str, list[str]], name: str) -> Sequence[float]:
    return _parsed(_listed(given, name), float, "Float")


def _parsed(
    texts: Sequence[str], parse: Callable[[str], float], kind: str
) -> Sequence[float]:
    values = []
    for text in texts:
        try:
            values.append(parse(text))
        except ValueError:
            _refuse_value(kind, text)
    return values


def _listed(given: dict[str, list[str]], name: str) -> list[str]:
    """Return the elements of a parameter, separated by commas or repeated."""
    return [part for text in given.get(name, []) for part in text.split(",") if part]


def _one(given: dict[str, list[str]], name: str, default: str) -> str:
    return given.get(name, [default])[-1]


def _refuse(reason: str) -> NoReturn:
    raise InvalidError("query", reason)


def _refuse_value(kind: str, value: str) -> NoReturn:
    _refuse(
        f"Data corrupted at path ''. Cannot initialize {kind} from invalid String "
        f"value {value[:100]}."
    )
