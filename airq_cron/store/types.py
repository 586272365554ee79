"""Column types that behave the same on SQLite and on PostgreSQL."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, TIMESTAMP, BigInteger, Integer, Text
from sqlalchemy.dialects.postgresql import TEXT
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def to_epoch_micros(at: datetime) -> int:
    """
    Return the microseconds from 1970-01-01T00:00Z to *at*, exactly.

    Raises:
        ValueError: *at* is naive.
    """
    if at.tzinfo is not UTC and at.utcoffset() is None:
        raise ValueError(f"naive datetime: {at!r}")
    return (at - EPOCH) // MICROSECOND


# The rows of one hour share their instants: half the time of reading them.
@lru_cache(maxsize=4096)
def from_epoch_micros(micros: int) -> datetime:
    """Return the aware UTC instant *micros* microseconds after 1970-01-01T00:00Z."""
    return EPOCH + timedelta(microseconds=micros)


class Instant(TypeDecorator[datetime]):
    """
    An aware instant; read back in UTC, exact to the microsecond.

    SQLite has no such type and gets an INTEGER of microseconds since the epoch,
    so that comparing and ordering work in SQL; PostgreSQL gets TIMESTAMPTZ.
    """

    impl = TIMESTAMP
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of this database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(Integer())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what the driver is given; naive datetimes raise ValueError."""
        if value is None:
            return None
        micros = to_epoch_micros(value)
        return value if dialect.name == "postgresql" else micros

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC)  # type: ignore[no-any-return]
        return from_epoch_micros(value)


class Prose(TypeDecorator[str]):
    """
    Text from outside: what no database takes is replaced by U+FFFD.

    PostgreSQL refuses NUL, and neither database can hold a lone surrogate; an
    error message with one of them must not keep a run from ending.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return *value* without characters that cannot be stored."""
        del dialect
        if value is None:
            return None
        return UNSTORABLE.sub("\ufffd", value)


# Documents are read whole and never searched; None is NULL, not the word `null`.
Document = JSON(none_as_null=True)
# Byte order on both databases, so that pages cut by one agree with the other.
Key = Text().with_variant(TEXT(collation="C"), "postgresql")
Micros = BigInteger().with_variant(Integer(), "sqlite")
