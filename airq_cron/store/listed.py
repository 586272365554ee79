"""
Lists that PostgreSQL joins, place by place, to a table by its key.

With `IN` and a thousand parameters it may read the whole table and compare each row
with each of them: so it does for a table that was empty, or restored, when it was last
analysed. A list is one parameter here, and for each of its values the key is looked up;
the OFFSET hides that this could be a plain join.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    TableValuedAlias,
    Text,
    bindparam,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import LateralFromClause

from airq_cron.store.types import Instant


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
