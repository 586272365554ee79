"""
Long lists by which a table is looked up: one parameter each.

PostgreSQL joins them, place by place, to a table by its key. With `IN` and a thousand
parameters it may read the whole table and compare each row with each of them: so it
does for a table that was empty, or restored, when it was last analysed. For each value
of a list the key is looked up; the OFFSET hides that this could be a plain join.

SQLite gets JSON: to bind each value took as long as everything else of a lookup.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Dialect,
    FromClause,
    Select,
    TableValuedAlias,
    Text,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import LateralFromClause
from sqlalchemy.types import TypeDecorator

from airq_cron.store.types import Instant, to_epoch_micros


class _Instants(TypeDecorator[list[datetime]]):
    """Instants in JSON, as SQLite keeps them."""

    impl = JSON
    cache_ok = True

    def process_bind_param(
        self, value: list[datetime] | None, dialect: Dialect
    ) -> list[int]:
        """Return their microseconds; naive ones raise ValueError."""
        del dialect
        return [to_epoch_micros(at) for at in value or ()]


def in_json_texts(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Return the condition that *column* is a text of the parameter *name*, a list."""
    return _in_json(column, name, JSON())


def in_json_instants(column: ColumnElement[datetime], name: str) -> ColumnElement[bool]:
    """Return the condition that *column* is an instant of *name*, a list."""
    return _in_json(column, name, _Instants())


def _in_json(column: ColumnElement[Any], name: str, kind: Any) -> ColumnElement[bool]:
    values = func.json_each(bindparam(name, type_=kind))
    return column.in_(select(values.table_valued("value").c.value))


def listed_texts(name: str) -> TableValuedAlias:
    """Return the texts of the parameter *name*, as column `value`."""
    return _listed(name, Text())


def listed_instants(name: str) -> TableValuedAlias:
    """Return the instants of the parameter *name*, as column `value`."""
    return _listed(name, Instant())


def _listed(name: str, kind: Any) -> TableValuedAlias:
    values = func.unnest(bindparam(name, type_=ARRAY(kind)), type_=kind)
    return values.table_valued("value", name=f"listed_{name}").render_derived()


def is_listed(column: ColumnElement[str], one: FromClause) -> ColumnElement[bool]:
    """Return the condition that *column*, a key, is that text of a list."""
    return column == one.c.value.collate("C")


def looked_up(query: Select[Any]) -> LateralFromClause:
    """Return the rows of *query*, to be found anew for each row of the lists."""
    return query.offset(literal_column("0")).lateral()
