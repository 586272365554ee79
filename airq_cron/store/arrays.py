"""
Rows as one array a column: how PostgreSQL is given many with one statement.

The arrays are written as text here: psycopg makes each element of a list by a call of
its own, six times as long. And a statement with a value for each field of 500 rows
keeps PostgreSQL and its driver five times as long as the rows (both measured). So
what Python's `str` makes of a value must be what PostgreSQL reads: it is of texts,
numbers, truth values, dates, instants and JSON; not of bytes, or of lists.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    Select,
    Text,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.types import TypeDecorator

from airq_cron.store.engine import dump_document

# Without a driver: psycopg has documents wrapped, to write them itself.
DIALECT: Dialect = PGDialect(json_serializer=dump_document)  # type: ignore[no-untyped-call]
Row = Sequence[Any]


def unnested(columns: Iterable[Column[Any]]) -> Select[Any]:
    """Return a SELECT of the rows that `as_arrays` has made parameters of."""
    return select(
        *(func.unnest(_array_of(column)).label(column.name) for column in columns)
    )


def as_arrays(columns: Sequence[Column[Any]], rows: Sequence[Row]) -> dict[str, str]:
    """Return the parameters of `unnested`; each of *rows* has those columns."""
    adapted = adapt(columns, rows, DIALECT)
    return {
        f"all_{column.name}": f"{{{','.join(_mapped(values, _quoted))}}}"
        for column, values in zip(columns, adapted, strict=True)
    }


def adapt(
    columns: Iterable[Column[Any]], rows: Sequence[Row], dialect: Dialect
) -> list[Sequence[Any]]:
    """
    Return the values column by column, as the driver of *dialect* takes them.

    Args:
        rows: equal values become one, so instants must be in UTC: of an hour that a
            zone repeats, Python takes both for the same.
    """
    adapted: list[Sequence[Any]] = []
    for column, values in zip(columns, zip(*rows, strict=True), strict=True):
        bound = column.type.dialect_impl(dialect).bind_processor(dialect)
        adapted.append(values if bound is None else _mapped(values, bound))
    return adapted


def _mapped(values: Sequence[Any], step: Callable[[Any], Any]) -> Sequence[Any]:
    """Return what *step* makes of *values*, each different one made once."""
    try:
        known = {value: step(value) for value in set(values)}
    except TypeError:
        # Documents cannot be told apart so cheaply.
        return [step(value) for value in values]
    return [known[value] for value in values]


def _quoted(value: Any) -> str:
    """Return *value* as an element of an array that is written as text."""
    if value is None:
        return "NULL"
    plain = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _array_of(column: Column[Any]) -> ColumnElement[Any]:
    plain = column.type.dialect_impl(DIALECT)
    if isinstance(plain, TypeDecorator):
        plain = plain.load_dialect_impl(DIALECT)
    return cast(bindparam(f"all_{column.name}", type_=Text), postgresql.ARRAY(plain))
