"""Calls that are made once, however often they are sent."""

import json
from hashlib import sha256
from typing import Any

from flask import request
from marshmallow import Schema, fields, validate

from airq_cron.domain.idempotency import HEADER, IdempotencyKey, Operation


def key_field(description: str) -> fields.String:
    """Return the field of the header `Idempotency-Key`."""
    return fields.String(
        data_key=HEADER,
        validate=validate.Regexp(
            r"^[A-Za-z0-9._:~+/=-]{1,100}$",
            error="Use 1 to 100 of A-Z a-z 0-9 . _ : ~ + / = -",
        ),
        metadata={"description": description},
    )


class CreateHeaders(Schema):
    """Headers of a call that makes something."""

    idempotency_key = key_field(
        "the same key with the same body gives what the first call made; with another"
        " body it is refused"
    )


def key_of(operation: Operation, headers: dict[str, Any]) -> IdempotencyKey | None:
    """Return the call's key together with its body; None when it has none."""
    key = headers.get("idempotency_key")
    if key is None:
        return None
    return IdempotencyKey(operation, key, _digest(request.get_json()))


def form_key(operation: Operation) -> IdempotencyKey | None:
    """
    Return the key of the form that is sent; None when its page gave it no number.

    A form that is sent twice is one call; filled in otherwise, it is another one.
    """
    digest = _digest(request.form)
    return (
        IdempotencyKey(operation, digest, digest) if "number" in request.form else None
    )


def _digest(body: Any) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
