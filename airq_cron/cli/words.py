"""The words of a concentration, as people type them or a JSON line holds them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from airq_cron.domain.pollutant import Unit, parse_unit
from airq_cron.errors import InvalidError

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,6})?", re.ASCII)

Word = TypeVar("Word", bound=StrEnum)


def read_text(document: Mapping[str, Any], field: str) -> str:
    """
    Return the text at *field*.

    Raises:
        InvalidError: it is missing, or no text.
    """
    value = document.get(field)
    if value is None:
        raise InvalidError(field, "is missing")
    if not isinstance(value, str):
        raise InvalidError(field, "must be a text")
    return value


def read_word(kind: type[Word], document: Mapping[str, Any], field: str) -> Word:
    """
    Return the word at *field*.

    Raises:
        InvalidError: it is missing, or none of *kind*.
    """
    text = read_text(document, field)
    try:
        return kind(text)
    except ValueError:
        raise InvalidError(field, f"is none of {', '.join(kind)}") from None


def read_unit(document: Mapping[str, Any]) -> Unit:
    """
    Return the unit at `unit`, in any spelling.

    Raises:
        InvalidError: it is missing, or none of ours.
    """
    unit = parse_unit(read_text(document, "unit"))
    if unit is None:
        raise InvalidError("unit", f"is none of {', '.join(Unit)}")
    return unit


def read_number(value: object, field: str) -> Decimal:
    """
    Return a number, or the text of one, as a decimal with all its digits.

    Raises:
        InvalidError: it is missing, or something else.
    """
    if value is None:
        raise InvalidError(field, "is missing")
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    raise InvalidError(field, "is not a finite number")
