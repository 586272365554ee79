"""Changes against the version that the caller has seen (RFC 9110, RFC 6585)."""

from typing import Any

from werkzeug.exceptions import PreconditionRequired

NO_VERSION = -1


def etag_of(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def seen_version(headers: dict[str, Any]) -> int | None:
    """
    Return the version in `If-Match`; None for `*`, which stands for any.

    A weak tag, or one that is not ours, is a version that nothing has.

    Raises:
        PreconditionRequired: the header is missing.
    """
    tag: str | None = headers.get("if_match")
    if tag is None:
        raise PreconditionRequired("send If-Match with the ETag that GET gave")
    if tag == "*":
        return None
    number = tag.strip('"')
    ours = tag == f'"{number}"' and number.isdecimal() and len(number) < 10
    return int(number) if ours else NO_VERSION
