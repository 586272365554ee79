"""Lists are cut into pages that neither lose nor repeat an item."""

from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.page import Page, cut_page


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
