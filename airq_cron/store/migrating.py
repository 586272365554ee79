"""Bring a database's tables up to this version, one process at a time."""

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, func, inspect, select, table

from airq_cron.errors import ConfigError, StoreError
from airq_cron.store.engine import SETTING

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic's own, read without it: every process asks, and hardly one migrates.
VERSIONS = table("alembic_version", column("version_num"))
# Any number will do, if only every version of this program takes the same one.
LOCK = 0x61697271


def make_config(connection: Connection) -> "Config":
    """Return Alembic's configuration; the scripts lie in the installed package."""
    from alembic.config import Config  # noqa: PLC0415 - 10 MB in every process

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
        if _is_current(connection, address):
            return
        from alembic import command  # noqa: PLC0415 - as above

        command.upgrade(make_config(connection), "head")
        _check_references(connection)


def check_version(connection: Connection, address: str) -> None:
    """
    Return if the tables are those of this version.

    Raises:
        ConfigError: they are older or newer; says what to do.
    """
    if not _is_current(connection, address):
        raise ConfigError(
            SETTING, f"{address} is not up to date: run `airq db upgrade`"
        )


def known_revisions() -> set[str]:
    """Return every revision there is a script for; the greatest is the newest."""
    scripts = files("airq_cron.store").joinpath("migrations", "versions").iterdir()
    return {one.name.partition("_")[0] for one in scripts if one.name[0].isdigit()}


def _is_current(connection: Connection, address: str) -> bool:
    known, there = known_revisions(), _revisions_of(connection)
    if unknown := there - known:
        raise ConfigError(
            SETTING,
            f"{address} was migrated by a newer airq-cron (to {min(unknown)}): "
            "update the program, or use another database",
        )
    return there == {max(known)}


def _revisions_of(connection: Connection) -> set[str]:
    if not inspect(connection).has_table(VERSIONS.name):
        return set()
    found = connection.execute(select(VERSIONS.c.version_num)).scalars()
    return {str(one) for one in found}


def _check_references(connection: Connection) -> None:
    """Refuse a migration that left rows without what they refer to."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise StoreError(f"a migration would break a reference of {broken[0]}")
