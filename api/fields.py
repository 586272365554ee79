"""Fields of the API's documents: strict when read, exact when written."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields
from webargs.multidictproxy import MultiDictProxy

from airq_cron.domain.page import decode_cursor, encode_cursor
from airq_cron.domain.pollutant import display, from_micros
from airq_cron.domain.run import instant_text

FIRST_YEAR = 1970
LAST_YEAR = 2100
MOST_DECIMALS = 9
MOST_SECONDS = 604_800
MOST_FIGURE = 1_000_000_000
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


def _in_years(moment: date) -> None:
    # Arithmetic with zones fails at the ends of the calendar.
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise ValidationError(f"Must lie between {FIRST_YEAR} and {LAST_YEAR}.")


def parse_instant(text: str) -> datetime:
    """Return the instant that *text* writes in RFC 3339, in UTC."""
    if _INSTANT.fullmatch(text) is None:
        raise ValidationError("Not an instant such as 2026-10-25T00:30:00Z.")
    try:
        parsed = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise ValidationError("There is no such instant.") from error
    _in_years(parsed)
    return parsed.astimezone(UTC)


def parse_date(text: str) -> date:
    """Return the day that *text* writes as YYYY-MM-DD."""
    if _DATE.fullmatch(text) is None:
        raise ValidationError("Not a date such as 2026-10-25.")
    try:
        parsed = date.fromisoformat(text)
    except ValueError as error:
        raise ValidationError("There is no such day.") from error
    _in_years(parsed)
    return parsed


NUMBER = re.compile(r"[0-9]{1,18}")


class Instant(fields.DateTime):
    """An instant, `2026-10-25T00:30:00Z`."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return None if value is None else instant_text(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> datetime:
        del attr, data, kwargs
        return parse_instant(str(value))


class Day(fields.Date):
    """A day, `2026-10-25`."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> date:
        del attr, data, kwargs
        return parse_date(str(value))


class Moment(fields.String):
    """An instant, or a local day of the place that is asked about."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> Any:
        del attr, data, kwargs
        text = str(value)
        return parse_date(text) if len(text) == 10 else parse_instant(text)


class Flag(fields.Boolean):
    """`true` or `false`, and nothing that resembles them."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> bool:
        del attr, data, kwargs
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false.")
        return value


def is_whole(text: str) -> bool:
    """Say whether *text* is a whole number in plain decimal digits."""
    return _WHOLE.fullmatch(text) is not None


class Count(fields.Integer):
    """A whole number in plain decimal digits: in a query as a text, else a number."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> int:
        del attr, kwargs
        is_text = isinstance(value, str) and not isinstance(data, MultiDictProxy)
        if is_text or not is_whole(str(value)):
            raise ValidationError("Not a whole number.")
        return int(value)


class Figure(fields.Float):
    """A figure from 0 on, a JSON number."""

    most = MOST_FIGURE

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> float:
        del attr, data, kwargs
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError("Not a number.")
        if not 0 <= value <= self.most:
            raise ValidationError(f"Must be from 0 to {self.most}.")
        return float(value)


class Seconds(Figure):
    """A length of time, a JSON number."""

    most = MOST_SECONDS


class Text(fields.String):
    """A text of one line that every part of the system can hold."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not text.isprintable():
            raise ValidationError("Has a character that cannot be printed.")
        return text


class Degrees(fields.Decimal):
    """A coordinate, a JSON number of at most nine decimals."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return None if value is None else float(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> Decimal:
        del attr, data, kwargs
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError("Not a number.")
        number = Decimal(value)
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or not -MOST_DECIMALS <= exponent <= 3:
            raise ValidationError(f"At most {MOST_DECIMALS} decimals.")
        return number


class Concentration(fields.Float):
    """A decimal rounded half up to four places, written as a JSON number."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return number_of(value)


class Micros(fields.Float):
    """Millionths of a unit, written as a concentration in the unit itself."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return None if value is None else number_of(from_micros(value))


class Ratio(fields.Float):
    """A share of 0 to 1 with at most four decimals."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return None if value is None else round(float(value), 4)


class Milliseconds(fields.Float):
    """A duration with at most three decimals."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return None if value is None else round(float(value), 3)


def number_of(value: Decimal | None) -> float | None:
    """
    Return *value* as the float that JSON writes with the same digits.

    Four decimals below a thousand million are at most 13 digits, and a float
    keeps 15, so nothing is lost.
    """
    return None if value is None else float(display(value))


class Cursor(fields.String):
    """
    The place in a list where the next page begins; opaque to clients.

    Args:
        parts: what it holds: `instant`, `number` or `text`, in order.
    """

    def __init__(self, *parts: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parts = parts

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return None if value is None else encode_cursor(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> Any:
        del attr, data, kwargs
        place = read_cursor(str(value))
        if len(place) != len(self.parts):
            raise ValidationError("Not a cursor of this list.")
        for part, kind in zip(place, self.parts, strict=True):
            if kind == "instant":
                parse_instant(part)
            elif kind == "number":
                if NUMBER.fullmatch(part) is None:
                    raise ValidationError("Not a cursor of this list.")
            elif not part.isprintable():
                raise ValidationError("Not a cursor of this list.")
        return place


def read_cursor(cursor: str) -> tuple[str, ...]:
    """Return the place that a cursor of ours holds, or raise ValidationError."""
    try:
        return decode_cursor(cursor)
    except ValueError as error:
        raise ValidationError("Not a cursor.") from error
