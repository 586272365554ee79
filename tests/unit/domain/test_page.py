"""Lists are cut into pages that neither lose nor repeat an item."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.page import Page, cut_page, decode_cursor, encode_cursor


def test_a_page_that_holds_everything_has_no_next():
    """Without an item above the limit there is nothing more."""
    assert Page(("a", "b"), None) == cut_page(["a", "b"], 2, lambda item: (item,))


def test_one_item_above_the_limit_proves_that_there_is_more():
    """The next page begins after the last item shown."""
    assert Page(("a", "b"), ("b",)) == cut_page(
        ["a", "b", "c"], 2, lambda item: (item,)
    )


def test_an_empty_list_is_one_empty_page():
    """Nothing found is a page without items."""
    assert Page((), None) == cut_page([], 5, lambda item: (item,))


@given(st.lists(st.text(max_size=3), unique=True), st.integers(1, 5))
def test_pages_put_together_are_the_list(items: list[str], limit: int):
    """Turning the pages to the end shows each item once, in order."""
    ordered = sorted(items)
    seen: list[str] = []
    after: tuple[str, ...] | None = None
    while True:
        found = [item for item in ordered if after is None or (item,) > after]
        page = cut_page(found[: limit + 1], limit, lambda item: (item,))
        seen += page.items
        after = page.after
        if after is None:
            break

    assert ordered == seen


@given(place=st.lists(st.text(), max_size=3).map(tuple))
def test_a_cursor_gives_back_its_place(place: tuple[str, ...]) -> None:
    """Whatever letters are in it; the text is safe in addresses."""
    cursor = encode_cursor(place)

    assert place == decode_cursor(cursor)
    assert re.fullmatch(r"[\w-]*", cursor, re.ASCII)


@pytest.mark.parametrize(
    "forged", ["x", "é", "bm8", "e30", "WzFd", "W" * 41, encode_cursor(("a",))[:-2]]
)
def test_a_forged_cursor_is_an_error(forged: str) -> None:
    """Neither base64, nor JSON, nor a list of texts."""
    with pytest.raises(ValueError):  # noqa: PT011 - of any wording
        decode_cursor(forged)


def test_a_cursor_that_is_nested_too_deeply_is_an_error() -> None:
    """It does not end the process."""
    forged = base64.urlsafe_b64encode(b"[" * 200_000).decode()

    with pytest.raises(ValueError, match="nested too deeply"):
        decode_cursor(forged)
