"""What every command begins with: the system of this directory, and its errors."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from airq_cron.cli import instance
from airq_cron.config import Secret, Settings, load, was_set
from airq_cron.errors import (
    AirqError,
    ConfigError,
    ConflictError,
    ImportFileError,
    InvalidError,
    NotFoundError,
    UnreachableError,
)
from airq_cron.services.seed import seed
from airq_cron.system import System, build

EXIT_CODES: dict[type[AirqError], int] = {
    ConfigError: 2,
    InvalidError: 2,
    ImportFileError: 2,
    UnreachableError: 2,
    NotFoundError: 3,
    ConflictError: 4,
}


def exit_code(error: AirqError) -> int:
    """Return the exit code of *error*: 1 where nothing says otherwise."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


def settings_here() -> Settings:
    """
    Return the settings, with what the running instance of this directory uses.

    What a person sets in the environment wins over the instance.
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
    )


def open_system() -> System:
    """Return the system of this directory, its database up to date."""
    system = build(settings_here())
    system.store.check()
    system.store.migrate()
    prepare(system)
    return system


def prepare(system: System) -> None:
    """Enter what every installation begins with; repeatable."""
    seed(
        system.store,
        default_provider=next(iter(system.providers)),
        at=system.clock.now(),
        locations=system.settings.locations,
    )


def print_json(value: Any) -> None:
    """Print *value* as JSON, and nothing else, on standard output."""
    click.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def console() -> Console:
    """Return the console of people: coloured on a terminal, plain when piped."""
    return Console(highlight=False, soft_wrap=True)
