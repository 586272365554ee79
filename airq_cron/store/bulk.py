"""Write many rows with one statement, the fast way of each database."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

from airq_cron.store.arrays import adapt, as_arrays, unnested

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
    one statement over arrays.

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
            columns = adapt(self._table.c, rows, connection.dialect)
            adapted = zip(*columns, strict=True)
            return connection.exec_driver_sql(
                self._sqlite_text, self._ordered(adapted), execution_options=COUNTED
            ).rowcount
        arrays = as_arrays(self._table.c.values(), self._ordered(rows))
        return connection.execute(
            self._postgresql_insert, arrays, execution_options=COUNTED
        ).rowcount

    def _ordered(self, rows: Iterable[Row]) -> list[Row]:
        width = len(self._table.primary_key)
        latest = {row[:width]: row for row in rows}
        # Their keys differ, so nothing behind them is compared.
        return sorted(latest.values())

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
        insert = postgresql.insert(self._table)
        return insert.from_select(
            self._table.c.keys(), unnested(self._table.c)
        ).on_conflict_do_update(
            index_elements=list(self._table.primary_key),
            set_=self._assign(insert.excluded),
            where=self._condition and self._condition(insert.excluded),
        )


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
