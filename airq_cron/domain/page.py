"""One page of a long list, and where the next one begins."""

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
