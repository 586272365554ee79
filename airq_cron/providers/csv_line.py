"""What the CSV forms share: one line of bytes becomes cells, numbers, hours."""

import csv
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar, Protocol

from airq_cron.domain.measurement import Origin, Reading
from airq_cron.domain.pollutant import Unit, parse_unit

MISSING = frozenset({"", "NA", "n/d"})
LONGEST_LINE = 65_536

BAD_CSV = "broken quotes"
BAD_NUMBER = "not a number"
BAD_TIME = "impossible time"
BAD_UNIT = "unknown unit"
BAD_UTF8 = "not UTF-8"
NUL_BYTE = "NUL byte"
TOO_LONG = "line too long"
UNKNOWN_POLLUTANT = "unknown pollutant"
WRONG_COLUMNS = "wrong number of columns"

_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,2})?")
_DIGITS = re.compile(r"[0-9]{1,4}")


class CsvForm(Protocol):
    """
    One known form of CSV file; an instance reads the lines of one file.

    Attributes:
        id: the provider under which its values are stored.
        attribution: the line its licence wants to be shown.
        hours: how the file labels an hour, for people.
        separator: between two cells.
        prelude: how many lines stand between the header and the data.
        example: the beginning of a header, for messages.
        names_station: a file can hold several stations.
    """

    id: ClassVar[str]
    attribution: ClassVar[str]
    origin: ClassVar[Origin]
    hours: ClassVar[str]
    separator: ClassVar[str]
    prelude: ClassVar[int]
    example: ClassVar[str]
    names_station: ClassVar[bool]

    @classmethod
    def recognises(cls, header: Sequence[str]) -> bool:
        """Tell whether *header* is that of this form."""

    def __init__(self, header: Sequence[str], prelude: Sequence[Sequence[str]]) -> None:
        """Remember what stands in which column; raise ImportFileError if unclear."""

    def station(self, cells: Sequence[str]) -> str | None:
        """Return the station of a line; None when it has none or is broken."""

    def read(self, cells: Sequence[str]) -> Sequence[Reading | str]:
        """Return a reading or the reason of its refusal for each value."""


def split_line(raw: bytes, separator: str) -> list[str] | str:
    """
    Return the cells of one line, or why it is refused; no cells for a blank one.

    Each line is parsed alone, so that a lost quote costs one line, not the file.
    """
    if len(raw) > LONGEST_LINE:
        return TOO_LONG
    if b"\0" in raw:
        return NUL_BYTE
    try:
        text = raw.decode().rstrip("\r\n")
        return next(csv.reader((text,), delimiter=separator, strict=True), [])
    except UnicodeDecodeError:
        return BAD_UTF8
    except csv.Error:
        return BAD_CSV


@lru_cache(maxsize=8192)
def parse_number(text: str) -> Decimal | str | None:
    """
    Return the exact number, None where it is missing, or why it is refused.

    A decimal comma, a thousands separator, digits of other scripts and `nan` are
    refused; the forms write none of them, so they are signs of damage.
    """
    text = text.strip(" ")
    if text in MISSING:
        return None
    if _NUMBER.fullmatch(text) is None:
        return BAD_NUMBER
    return Decimal(text)


@lru_cache(maxsize=64)
def cell_unit(text: str) -> Unit | None:
    """Return the unit that a cell names, if it is one of ours."""
    return parse_unit(text)


@lru_cache(maxsize=64)
def midnight(year: str, month: str, day: str) -> datetime | None:
    """Return 00:00 UTC of a day written in digits, or None when it never was."""
    parts = (year, month, day)
    if any(_DIGITS.fullmatch(part) is None for part in parts):
        return None
    try:
        return datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None


def shift(instant: datetime, by: timedelta) -> datetime | None:
    """Return the instant moved *by* that much, or None beyond the calendar."""
    try:
        return instant + by
    except OverflowError:
        return None
