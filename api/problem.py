"""Problem details, the one shape of every error (RFC 9457)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Response
from marshmallow import Schema, fields

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:airq:problem:"


@dataclass(frozen=True, slots=True)
class Problem:
    """
    What went wrong with a request.

    Attributes:
        slug: ends the `type`; programs tell problems apart by it.
        errors: messages by field, for fields that cannot be accepted.
        instance: address of what stands in the way.
        more: further members of the answer.
    """

    status: int
    slug: str
    detail: str
    errors: tuple[tuple[str, str], ...] = ()
    instance: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Return the members of the answer, in their usual order."""
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + self.slug,
            "title": title_of(self.status),
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = [
                {"field": name, "message": message} for name, message in self.errors
            ]
        if self.instance is not None:
            body["instance"] = self.instance
        return body | dict(self.more)

    def response(self) -> Response:
        """Return the answer itself."""
        return Response(
            json.dumps(self.body()) + "\n",
            status=self.status,
            headers=dict(self.headers),
            mimetype=MEDIA_TYPE,
        )


def title_of(status: int) -> str:
    """Return the phrase for *status*, the same on every version of Python."""
    if status == 413:
        return "Content Too Large"
    if status == 422:
        return "Unprocessable Content"
    return HTTPStatus(status).phrase


class FieldErrorSchema(Schema):
    """One field that cannot be accepted."""

    field = fields.String(required=True)
    message = fields.String(required=True)


class ProblemSchema(Schema):
    """Problem details (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldErrorSchema))
    instance = fields.String()
    run_id = fields.String(
        metadata={"description": "the unfinished run that stands in the way"}
    )
