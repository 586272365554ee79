"""The migrations make exactly the tables that the code works with."""

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from airq_cron.clock import SystemClock
from airq_cron.errors import ConfigError
from airq_cron.store.engine import make_engine, parse_url
from airq_cron.store.migrating import known_revisions, make_config
from airq_cron.store.store import SqlStore
from airq_cron.store.tables import metadata
from tests.databases import Database
from tests.entries import enter, run
from tests.integration.postgres import PostgresServer

BARE = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
SHAPES = {
    # By what they hold: a column that was added stands elsewhere in the text.
    "sqlite": (
        "SELECT 'column', m.name, c.name, '', c.type, c.'notnull', c.pk,"
        " coalesce(c.dflt_value, '') FROM sqlite_master m, pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND m.name NOT LIKE 'alembic%' UNION ALL"
        " SELECT 'reference', m.name, f.'table', f.'from', f.'to', f.on_delete, '', ''"
        " FROM sqlite_master m, pragma_foreign_key_list(m.name) f"
        " WHERE m.name NOT LIKE 'alembic%' UNION ALL"
        " SELECT 'table', name, wr, '', '', '', '', '' FROM pragma_table_list"
        " WHERE name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite%' UNION ALL"
        " SELECT type, name, tbl_name, coalesce(sql, ''), '', '', '', ''"
        " FROM sqlite_master WHERE type = 'index' AND tbl_name NOT LIKE 'alembic%'"
    ),
    "postgresql": (
        "SELECT 'column', table_name, column_name, '',"
        " data_type, is_nullable, character_maximum_length::text, collation_name"
        " FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name <> 'alembic_version' UNION ALL"
        " SELECT 'index', tablename, indexname, indexdef, '', '', '', ''"
        " FROM pg_indexes"
        " WHERE schemaname = 'public' AND tablename <> 'alembic_version' UNION ALL"
        " SELECT 'constraint', conrelid::regclass::text, conname,"
        " pg_get_constraintdef(oid), '', '', '', '' FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace"
        " AND conrelid <> 'alembic_version'::regclass"
    ),
}


@pytest.fixture(params=BARE)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/a%20b%d.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"bare_{uuid4().hex[:8]}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
def bare(bare_url: str) -> Iterator[SqlStore]:
    """Give a store on a database without any table."""
    store = SqlStore(bare_url, SystemClock(), patience_s=20, lock_wait_s=0.3)
    yield store
    store.dispose()


def migrating_engine(url: str) -> Engine:
    """Return an engine that may change tables."""
    return make_engine(parse_url(url), SystemClock(), lock_wait_s=2, migrating=True)


def shape(engine: Engine) -> set[tuple[str, ...]]:
    """Return every table, column and index as the database describes it."""
    with engine.connect() as connection:
        rows = connection.execute(text(SHAPES[engine.dialect.name]))
        return {tuple(" ".join(str(part).split()) for part in row) for row in rows}


def test_alembic_finds_no_difference(bare: SqlStore) -> None:
    """Nobody has changed a table and forgotten its migration."""
    bare.migrate()

    with bare._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, metadata)


def test_migrated_tables_are_the_defined_ones(bare_url: str, bare: SqlStore) -> None:
    """To the last column, index, condition and collation."""
    bare.migrate()
    engine = migrating_engine(bare_url)
    migrated = shape(engine)
    with engine.connect() as connection:
        connection.execution_options(writing=True)
        with connection.begin():
            for name in inspect(connection).get_table_names():
                if name != "alembic_version":
                    cascade = "" if engine.dialect.name == "sqlite" else " CASCADE"
                    connection.execute(text(f"DROP TABLE {name}{cascade}"))
            metadata.create_all(connection)
    defined = shape(engine)
    engine.dispose()

    assert set() == migrated ^ defined
    assert len(migrated) > 20


def test_migrating_twice_changes_nothing(bare: SqlStore) -> None:
    """Every start of every process does it."""
    bare.migrate()
    enter(bare, run(1))
    bare.migrate()

    with bare.read() as unit:
        assert run(1).id == unit.runs.get(run(1).id).id


def test_threads_migrate_at_once(bare_url: str) -> None:
    """One does it, the others wait; none fails."""
    barrier = threading.Barrier(4)

    def start(_: int) -> None:
        store = SqlStore(bare_url, SystemClock(), patience_s=30, lock_wait_s=0.3)
        barrier.wait(timeout=20)
        store.migrate()
        store.check_schema()
        store.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))


def _migrate(url: str) -> None:
    store = SqlStore(url, SystemClock(), patience_s=30, lock_wait_s=0.3)
    store.migrate()
    store.check_schema()
    store.dispose()


def test_processes_migrate_at_once(bare_url: str) -> None:
    """As the processes of two machines would."""
    spawning = multiprocessing.get_context("spawn")
    several = [spawning.Process(target=_migrate, args=(bare_url,)) for _ in range(3)]
    for one in several:
        one.start()
    for one in several:
        one.join(60)

    assert [0, 0, 0] == [one.exitcode for one in several]


def test_an_unmigrated_database_is_not_up_to_date(bare: SqlStore) -> None:
    """The message says what to do."""
    with pytest.raises(ConfigError, match="airq db upgrade"):
        bare.check_schema()


def test_a_newer_database_is_refused(bare: SqlStore) -> None:
    """An old program would damage what it does not know."""
    bare.migrate()
    with bare._engine.connect() as connection:
        connection.execution_options(writing=True)
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()

    for door in (bare.migrate, bare.check_schema):
        with pytest.raises(ConfigError, match=r"AIRQ_DATABASE_URL.*9999") as caught:
            door()
    assert "newer airq-cron" in str(caught.value)


def test_a_migration_that_fails_leaves_nothing(
    bare_url: str, bare: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tables or none: it is one transaction."""

    def fail(*_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr("airq_cron.store.migrating._check_references", fail)
        with pytest.raises(RuntimeError, match="power cut"):
            bare.migrate()
    engine = migrating_engine(bare_url)
    left = inspect(engine).get_table_names()
    engine.dispose()
    bare.migrate()
    bare.check_schema()

    assert [] == left


def test_every_migration_can_be_taken_back(bare_url: str, bare: SqlStore) -> None:
    """Down to nothing, and up again."""
    bare.migrate()
    engine = migrating_engine(bare_url)
    with engine.connect() as connection:
        connection.execution_options(writing=True)
        with connection.begin():
            command.downgrade(make_config(connection), "base")
    left = inspect(engine).get_table_names()
    engine.dispose()
    bare.migrate()
    bare.check_schema()

    assert ["alembic_version"] == left


def test_revisions_are_one_numbered_line(sqlite_database: Database) -> None:
    """Branches could not be applied in one order; the file's name says its number."""
    with sqlite_database.open()._engine.connect() as connection:
        scripts = ScriptDirectory.from_config(make_config(connection))
    numbers = [one.revision for one in scripts.walk_revisions()]

    assert [f"{n:04}" for n in range(len(numbers), 0, -1)] == numbers
    assert set(numbers) == known_revisions()
    assert os.sep in scripts.dir
