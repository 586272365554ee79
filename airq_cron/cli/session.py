"""What every command begins with: the system of this directory, and its errors."""

import getpass
import os
from pathlib import Path
from urllib.parse import urlsplit

from airq_cron.cli import instance
from airq_cron.cli.printing import console, print_json
from airq_cron.config import Secret, Settings, load, was_set
from airq_cron.errors import (
    AirqError,
    ConfigError,
    ConflictError,
    ImportFileError,
    InvalidError,
    JobBusyError,
    NotFoundError,
    UnreachableError,
)
from airq_cron.services.seed import seed
from airq_cron.system import System, build

__all__ = [
    "console",
    "exit_code",
    "explain",
    "open_system",
    "person",
    "prepare",
    "print_json",
    "settings_here",
]

EXIT_CODES: dict[type[AirqError], int] = {
    ConfigError: 2,
    InvalidError: 2,
    ImportFileError: 2,
    UnreachableError: 2,
    NotFoundError: 3,
    ConflictError: 4,
}

NOT_FOUND_HINTS = {
    "job": "see them with: airq jobs list",
    "run": "see them with: airq runs list",
    "backfill": "see them with: airq backfills list",
    "location": "see them with: airq locations list",
    "alert": "see them with: airq alerts list",
    "token": "see them with: airq token list",
}


def exit_code(error: AirqError) -> int:
    """Return the exit code of *error*: 1 where nothing says otherwise."""
    return next(
        (code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1
    )


def explain(error: AirqError) -> str:
    """Return *error* as one line that ends with what to do about it."""
    line = " ".join(str(error).split())
    hint = _hint(error)
    return line if hint is None or "airq " in line else f"{line}; {hint}"


def _hint(error: AirqError) -> str | None:
    if isinstance(error, NotFoundError):
        return NOT_FOUND_HINTS.get(error.kind)
    if isinstance(error, JobBusyError):
        return f"look at it with: airq runs show {error.run_id}"
    if isinstance(error, ConfigError) and error.setting == "AIRQ_REDIS_URL":
        return "start everything with: airq up"
    if isinstance(error, UnreachableError):
        return "start it, or correct the address"
    return None


def person() -> str:
    """Return who types, as the audit trail names them."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        # A container may run as a number that has no name.
        return f"cli:{os.getuid()}"


def settings_here() -> Settings:
    """
    Return the settings, with what the running instance of this directory uses.

    An address that a person sets in the environment wins over the instance's; the
    provider is always the instance's, because its data is kept apart.
    """
    settings = load()
    found = instance.running(settings.var_dir)
    if found is None:
        return settings
    return load(
        var_dir=Path(found.data_dir),
        redis_url=None if was_set("AIRQ_REDIS_URL") else Secret(found.redis_url),
        database_url=None
        if was_set("AIRQ_DATABASE_URL")
        else Secret(found.database_url),
        provider=found.provider,
        open_meteo_url=found.open_meteo_url,
        port=None if was_set("AIRQ_PORT") else urlsplit(found.api).port,
    )


def open_system() -> System:
    """Return the system of this directory, which is made if missing and migrated."""
    settings = settings_here()
    if settings.database_url is None:
        settings.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    system = build(settings)
    system.store.check()
    system.store.migrate()
    prepare(system)
    return system


def prepare(system: System) -> None:
    """Enter what every installation begins with; repeatable."""
    seed(
        system.store,
        default_provider=next(iter(system.upstreams)),
        providers=system.upstreams,
        locations=system.settings.locations,
    )
