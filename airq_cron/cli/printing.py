"""What every command prints with; loaded without the database and the broker."""

import json
from typing import Any

import click
from rich.console import Console


def print_json(value: Any) -> None:
    """Print *value* as JSON, and nothing else, on standard output."""
    click.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def console() -> Console:
    """Return the console of people: coloured on a terminal, plain when piped."""
    return Console(highlight=False, soft_wrap=True)
