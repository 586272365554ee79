"""Forms: read by the schemas of the API, told what is wrong field by field."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Response, redirect, request
from marshmallow import EXCLUDE, Schema, ValidationError, fields
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from airq_cron.errors import ConflictError, InvalidError

from ..errors import flatten
from ..fields import Count, Degrees, Figure, Flag, is_whole
from ..login_page import local_path
from ..parsing import parse_json
from . import words

T = TypeVar("T")
FLAGS = {"true": True, "false": False}
FORM = "application/x-www-form-urlencoded"


class Form:
    """
    What somebody filled in, and what is wrong with it.

    Attributes:
        name: which form of its page it is.
        wrong: sentences by field; "" has what is about the whole.
    """

    def __init__(self, name: str, given: Mapping[str, str]) -> None:
        self.name = name
        self.given = given
        self.wrong: dict[str, str] = {}
        self.status = 200

    def load(self, schema: type[Schema]) -> dict[str, Any] | None:
        """Return the values as *schema* reads them; None when one is wrong."""
        texts = {name: text for name, text in self.given.items() if text.strip()}
        return self.load_of(schema, texts)

    def load_of(
        self, schema: type[Schema], texts: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Return *texts*, taken from what was filled in, likewise."""
        read = schema(unknown=EXCLUDE)
        try:
            values: dict[str, Any] = read.load(_members(read, texts))
        except ValidationError as error:
            for field, reason in flatten(error.messages):
                self.blame(field, reason)
            return None
        return values

    def document(self, name: str) -> tuple[bool, dict[str, Any]]:
        """Return whether a field is empty or JSON, and what it holds, by its name."""
        text = self.given.get(name, "").strip()
        try:
            return True, {name: parse_json(text.encode())} if text else {}
        except BadRequest:
            self.blame(name, words.FRAME.not_json)
            return False, {}

    def load_by(self, find: Callable[[], T]) -> T | None:
        """Return what *find* returns; None when it cannot accept what was given."""
        try:
            return find()
        except InvalidError as error:
            self.blame(error.field, error.reason)
            return None

    def blame(self, field: str, reason: str, status: int = 422) -> None:
        """Note what is wrong at *field*, or at the field that holds it as a part."""
        place = field
        while "." in place and place not in self.given:
            place = place.rpartition(".")[0]
        inner = field[len(place) :].strip(".")
        self.wrong[place] = f"{inner}: {reason}" if inner else reason
        self.status = status


def submit(
    name: str,
    read: type[Schema] | Callable[[Form], dict[str, Any] | None],
    act: Callable[[dict[str, Any]], str | None],
    *,
    again: Callable[[Form], Response],
    done: str,
    to: str = "/",
    conflict: str = "",
) -> Response:
    """
    Do what a form asks for and go on; where that fails, show the page again.

    Args:
        read: gives its values; None when one is wrong.
        act: does it; returns where to go, None for where the form came from.
        again: shows the page with what is wrong.
        done: which of `words.DONE` the next page shows.
        to: where to go when neither *act* nor the form says.
        conflict: field at which it is told that something is in the way.

    Raises:
        UnsupportedMediaType: it is no form.
    """
    if request.mimetype != FORM:
        raise UnsupportedMediaType(f"send Content-Type: {FORM}")
    form = Form(name, request.form)
    values = form.load(read) if isinstance(read, type) else read(form)
    if values is not None:
        try:
            target = act(values)
        except InvalidError as error:
            form.blame(error.field, error.reason)
        except ConflictError as error:
            form.blame(conflict, str(error), 409)
        else:
            return go_to(target or origin(to), done)
    return again(form)


def origin(to: str) -> str:
    """Return the page that the form names as the one to go back to, else *to*."""
    wanted = request.form.get("next", "")
    return local_path(wanted) if wanted else to


def go_to(path: str, done: str) -> Response:
    """Send the browser to a page of ours, which then says what was done."""
    parts = urlsplit(path)
    query = "&".join(
        part for part in parts.query.split("&") if part and part[:5] != "done="
    )
    said = urlencode({"done": done})
    answer = redirect(f"{parts.path}?{query + '&' if query else ''}{said}", 303)
    assert isinstance(answer, Response)
    return answer


def _members(schema: Schema, texts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _typed(schema.fields.get(name), text) for name, text in texts.items()}


def _typed(field: fields.Field[Any] | None, text: Any) -> Any:
    """Return what was typed as JSON has it for *field*; as it is where it cannot be."""
    if isinstance(field, fields.Nested) and isinstance(text, Mapping):
        return _members(field.schema, text)
    if isinstance(field, Flag):
        return FLAGS.get(text, text)
    if isinstance(field, fields.List):
        return [one.strip() for one in text.split(",") if one.strip()]
    if isinstance(field, Degrees | Figure):
        return _number(text)
    if isinstance(field, Count) and isinstance(text, str) and is_whole(text):
        return int(text)
    return text


def _number(text: str) -> Decimal | str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text
