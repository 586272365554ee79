"""Read requests strictly: one content type, real JSON, no unknown field."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Request
from gunicorn.http.errors import ParseException
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import (
    BadRequest,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

LARGEST_BODY = 1024 * 1024


class StrictParser(FlaskParser):
    """A parser of arguments that guesses nothing."""

    # Headers hold much that is not ours; everything else must be known.
    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {
        "query": RAISE,
        "querystring": RAISE,
    }

    def load_json(self, req: Request, schema: Schema) -> Any:
        """
        Return the body; the content type is checked before it is read.

        Where the schema says `may_be_absent`, a request without a body is one
        with an empty object.

        Raises:
            UnsupportedMediaType: it is not declared to be JSON.
            BadRequest: it is not JSON.
            RequestEntityTooLarge: it is longer than 1 MiB.
        """
        if getattr(schema, "may_be_absent", False) and not _body_of(req):
            return {}
        if req.mimetype != "application/json":
            raise UnsupportedMediaType("send Content-Type: application/json")
        body = _body_of(req)
        if req.content_length is None and len(body) >= LARGEST_BODY:
            # Werkzeug cuts a body without a length there, in silence.
            raise RequestEntityTooLarge
        return parse_json(body)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the query; a name given twice is an error, not a choice."""
        for name, values in req.args.lists():
            if len(values) > 1:
                raise ValidationError({name: ["Given more than once."]})
        return super().load_querystring(req, schema)


def _body_of(req: Request) -> bytes:
    try:
        return req.get_data()
    except ParseException as error:
        raise BadRequest("the chunks of the body cannot be read") from error


def parse_json(body: bytes) -> Any:
    """
    Return what the JSON text *body* holds, its fractions as exact decimals.

    Raises:
        BadRequest: broken text, a name given twice, NaN, a number beyond all bounds,
            or nested too deeply.
    """
    try:
        return json.loads(
            body.decode("utf-8"),
            parse_float=_fraction,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "nested too deeply"
        raise BadRequest(f"the body is not JSON: {reason}"[:200]) from error


def _fraction(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a number has too large an exponent") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is given twice in one object")
    return members
