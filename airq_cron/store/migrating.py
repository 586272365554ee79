"""Bring a database's tables up to this version, one process at a time."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from airq_cron.errors import ConfigError, StoreError
from airq_cron.store.engine import SETTING

# Any number will do, if only every version of this program takes the same one.
LOCK = 0x61697271


def make_config(connection: Connection) -> Config:
    """Return Alembic's configuration; the scripts lie in the installed package."""
    config = Config()
    location = str(files("airq_cron.store").joinpath("migrations"))
    config.set_main_option("script_location", location.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, address: str) -> None:
    """
    Run all missing migrations in one transaction, or none.

    Others that do the same wait: on SQLite for the write lock, on PostgreSQL
    for an advisory lock that ends with the transaction.

    Raises:
        ConfigError: a newer version has migrated the database at *address*.
    """
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        config = make_config(connection)
        if _is_current(connection, config, address):
            return
        command.upgrade(config, "head")
        _check_references(connection)


def check_version(connection: Connection, address: str) -> None:
    """
    Return if the tables are those of this version.

    Raises:
        ConfigError: they are older or newer; says what to do.
    """
    if not _is_current(connection, make_config(connection), address):
        raise ConfigError(
            SETTING, f"{address} is not up to date: run `airq db upgrade`"
        )


def _is_current(connection: Connection, config: Config, address: str) -> bool:
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    there = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := there - known:
        raise ConfigError(
            SETTING,
            f"{address} was migrated by a newer airq-cron (to {min(unknown)}): "
            "update the program, or use another database",
        )
    return there == set(scripts.get_heads())


def _check_references(connection: Connection) -> None:
    """Refuse a migration that left rows without what they refer to."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise StoreError(f"a migration would break a reference of {broken[0]}")
