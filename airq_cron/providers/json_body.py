"""Reads JSON that a server sent; anything odd in it is a MalformedError."""

import json
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from airq_cron.errors import MalformedError

T = TypeVar("T")
SHOWN = 60


def parse_json(body: bytes) -> Any:
    """
    Return the JSON value of *body*, its numbers with a point as exact decimals.

    Raises:
        MalformedError: it is not JSON, or holds `nan`, which is none.
    """
    try:
        return json.loads(
            body.decode(), parse_float=Decimal, parse_constant=_refuse_constant
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise MalformedError(f"not JSON: {_shown(body)}") from error


def member(owner: Any, name: str, kind: type[T], where: str) -> T:
    """Return *owner*'s member of exactly that kind; raises MalformedError."""
    found = owner.get(name) if isinstance(owner, dict) else None
    if type(found) is not kind:
        raise MalformedError(f"{where}: no {name}")
    return found


def short(value: Any) -> str:
    """Return *value* for a message; nested ones by type, for they can be deep."""
    if isinstance(value, (list, dict)):
        return type(value).__name__
    return repr(value)[:SHOWN]


def number(value: Any, what: str, where: str) -> Decimal | None:
    """
    Return a JSON number exactly, and null as None.

    Raises:
        MalformedError: it is anything else, a number in quotes too.
    """
    if value is None or isinstance(value, Decimal):
        return value
    # JSON's true is an int to Python.
    if type(value) is int:
        return Decimal(value)
    raise MalformedError(f"{where}: {what} holds {short(value)}")


def printable(text: str, longest: int) -> str:
    """Return *text* as it may stand in a message or a table: short, encodable."""
    return text[:longest].encode(errors="replace").decode()


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)


def _shown(body: bytes) -> str:
    """Return the beginning of *body* for a message."""
    return repr(body[:SHOWN].decode(errors="replace")) if body else "it is empty"
