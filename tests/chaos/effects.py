"""The side effects of a drill: one row a run, in a table of the harness."""

from collections import Counter

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, select

from airq_cron.ports import Unit
from airq_cron.store.store import SqlStore
from airq_cron.store.unit import SqlUnit

KIND = "drill"
# The run that finds this file in the data directory stops where it stands.
ORDER = "stop-while-writing"
# No key: a second row must be seen, not refused.
effects = Table(
    "drill_effects",
    MetaData(),
    Column("run_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
)


def connection_of(unit: Unit) -> Connection:
    """Return the connection on which *unit* is one transaction."""
    assert isinstance(unit, SqlUnit)
    return unit.ledger.session.connection


def create_effects(store: SqlStore) -> None:
    """Make the table, empty."""

    def work(unit: Unit) -> None:
        effects.drop(connection_of(unit), checkfirst=True)
        effects.create(connection_of(unit))

    store.write(work)


def drop_effects(store: SqlStore) -> None:
    """Remove the table, which the product's own tables know nothing of."""
    store.write(lambda unit: effects.drop(connection_of(unit), checkfirst=True))


def count_effects(store: SqlStore) -> Counter[str]:
    """Return how many rows each run has left."""
    with store.read() as unit:
        found = connection_of(unit).execute(select(effects.c.run_id)).scalars()
        return Counter(found)
