"""Write many rows with one statement, the fast way of each database."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Table,
    Text,
    cast,
    func,
    select,
)
from sqlalchemy import bindparam as bind
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement
from sqlalchemy.types import TypeDecorator, TypeEngine

Row = tuple[Any, ...]
Excluded = ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]
Assign = Callable[[Excluded], dict[str, ColumnElement[Any]]]
# Without it SQLAlchemy forgets how many rows an INSERT has touched.
COUNTED = {"preserve_rowcount": True}
Condition = Callable[[Excluded], ColumnElement[bool]]


class BulkUpsert:
    """
    Inserts rows of one table, or updates those whose primary key is known.

    SQLAlchemy's own executemany would do; but it costs twice the time of the
    write itself on SQLite, under the write lock, and on PostgreSQL a round of
    the protocol a row. So SQLite gets the driver's executemany, and PostgreSQL
    one statement over arrays, which are written as text here: psycopg makes each
    element of a list by a call of its own, six times as long.

    Args:
        table: its primary key must be its first columns.
        assign: what to set on a known row; it and *condition* must not hold
            bound values, use `literal_column`.
        condition: which known rows to update; all when None.
    """

    def __init__(
        self, table: Table, assign: Assign, condition: Condition | None = None
    ) -> None:
        self._table = table
        self._assign = assign
        self._condition = condition

    def __call__(self, connection: Connection, rows: Sequence[Row]) -> int:
        """
        Write *rows*, each with a value for every column; return how many differed.

        Of rows with the same key the last wins. Rows are written in the order
        of their keys, so that two writers never wait for each other in a circle.
        """
        if not rows:
            return 0
        if connection.dialect.name == "sqlite":
            # In the driver's form, where an instant is an integer: sorted in half
            # the time.
            adapted = zip(*self._adapt(rows, connection.dialect), strict=True)
            return connection.exec_driver_sql(
                self._sqlite_text, self._ordered(adapted), execution_options=COUNTED
            ).rowcount
        columns = self._adapt(self._ordered(rows), connection.dialect, _quoted)
        names = self._table.c.keys()
        arrays = {
            f"all_{name}": f"{{{','.join(one)}}}"
            for name, one in zip(names, columns, strict=True)
        }
        return connection.execute(
            self._postgresql_insert, arrays, execution_options=COUNTED
        ).rowcount

    def _ordered(self, rows: Iterable[Row]) -> list[Row]:
        width = len(self._table.primary_key)
        latest = {row[:width]: row for row in rows}
        # Their keys differ, so nothing behind them is compared.
        return sorted(latest.values())

    def _adapt(
        self,
        rows: Sequence[Row],
        dialect: Dialect,
        then: Callable[[Any], Any] | None = None,
    ) -> list[Sequence[Any]]:
        """Return the values column by column, as the driver takes them."""
        adapted: list[Sequence[Any]] = []
        for column, values in zip(self._table.c, zip(*rows, strict=True), strict=True):
            adapt = column.type.dialect_impl(dialect).bind_processor(dialect)
            adapted.append(_mapped(_mapped(values, adapt), then))
        return adapted

    @cached_property
    def _sqlite_text(self) -> str:
        insert = sqlite.insert(self._table)
        statement = insert.on_conflict_do_update(
            index_elements=list(self._table.primary_key),
            set_=self._assign(insert.excluded),
            where=self._condition and self._condition(insert.excluded),
        )
        return str(statement.compile(dialect=sqlite.dialect()))

    @cached_property
    def _postgresql_insert(self) -> postgresql.Insert:
        dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        arrays = [
            func.unnest(
                cast(
                    bind(f"all_{column.name}", type_=Text), _array(column.type, dialect)
                )
            )
            for column in self._table.c
        ]
        insert = postgresql.insert(self._table)
        return insert.from_select(
            self._table.c.keys(), select(*arrays)
        ).on_conflict_do_update(
            index_elements=list(self._table.primary_key),
            set_=self._assign(insert.excluded),
            where=self._condition and self._condition(insert.excluded),
        )


def _mapped(values: Sequence[Any], step: Callable[[Any], Any] | None) -> Sequence[Any]:
    """Return what *step* makes of *values*, each different one made once."""
    if step is None:
        return values
    known = {value: step(value) for value in set(values)}
    return [known[value] for value in values]


def _quoted(value: Any) -> str:
    """Return *value* as an element of an array that is written as text."""
    if value is None:
        return "NULL"
    plain = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _array(kind: TypeEngine[Any], dialect: Dialect) -> postgresql.ARRAY[Any]:
    plain = kind.dialect_impl(dialect)
    if isinstance(plain, TypeDecorator):
        plain = plain.load_dialect_impl(dialect)
    return postgresql.ARRAY(plain)


def replace_changed(table: Table) -> BulkUpsert:
    """
    Return a bulk upsert that replaces rows of which anything but the time differs.

    `updated_at` of equal rows stays, and they are not written at all.
    """
    key = set(table.primary_key.columns.keys())
    figures = [name for name in table.c.keys() if name not in {*key, "updated_at"}]  # noqa: SIM118

    def assign(new: Excluded) -> dict[str, ColumnElement[Any]]:
        return {name: new[name] for name in [*figures, "updated_at"]}

    def differs(new: Excluded) -> ColumnElement[bool]:
        condition = table.c[figures[0]].is_distinct_from(new[figures[0]])
        for name in figures[1:]:
            condition |= table.c[name].is_distinct_from(new[name])
        return condition

    return BulkUpsert(table, assign, differs)


def insert_new(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """
    Insert one row unless one of the table's unique keys is taken; say whether.

    Nothing is raised when it is: an error would end a transaction of PostgreSQL.
    """
    insert: postgresql.Insert | sqlite.Insert = sqlite.insert(table)
    if connection.dialect.name == "postgresql":
        insert = postgresql.insert(table)
    done = connection.execute(
        insert.values(values).on_conflict_do_nothing(), execution_options=COUNTED
    )
    return done.rowcount > 0
