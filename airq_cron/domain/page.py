"""One page of a long list, and where the next one begins."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """
    Some items of a list in its stable order.

    Attributes:
        after: sort key of the last item, from which the next page goes on; None
            when there is nothing more.
    """

    items: tuple[T, ...]
    after: tuple[str, ...] | None = None


def cut_page(
    found: Sequence[T], limit: int, key: Callable[[T], tuple[str, ...]]
) -> Page[T]:
    """
    Return the first *limit* of what was found.

    Args:
        found: in order; one item above *limit* proves that there is more.
        key: what identifies an item's place in the order, as texts.
    """
    items = tuple(found[:limit])
    more = len(found) > limit and bool(items)
    return Page(items, key(items[-1]) if more else None)


def encode_cursor(place: tuple[str, ...]) -> str:
    """Return *place*, a page's `after`, as the opaque text that clients send back."""
    text = json.dumps(place, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[str, ...]:
    """
    Return the place that `encode_cursor` wrote.

    Raises:
        ValueError: it wrote no such text.
    """
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(place, list) or not all(isinstance(one, str) for one in place):
        raise ValueError("not a list of texts")
    return tuple(place)
