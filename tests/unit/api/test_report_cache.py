"""Rendered reports are held, but not too many."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from api.report_cache import ReportCache


class Maker:
    """Makes bodies and counts how often."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def of(self, name: str, size: int = 1) -> Callable[[], bytes]:
        """Return what makes the body of *name*."""

        def make() -> bytes:
            self.made.append(name)
            return name.encode() * size

        return make


def test_a_body_is_made_once():
    """Until its key changes."""
    cache, maker = ReportCache(), Maker()
    bodies = [cache.get(key, maker.of(key)) for key in ("a", "a", "b", "a")]

    assert [b"a", b"a", b"b", b"a"] == bodies
    assert ["a", "b"] == maker.made


def test_the_one_not_asked_for_longest_falls_out():
    """Asking keeps it."""
    cache, maker = ReportCache(entries=2), Maker()
    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get(key, maker.of(key))

    assert ["a", "b", "c", "b"] == maker.made


def test_a_body_that_is_too_large_is_not_held():
    """It is answered all the same."""
    cache = ReportCache(size=3)

    assert b"aaaa" == cache.get("a", lambda: b"aaaa")
    assert 0 == len(cache)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 9)), max_size=60))
def test_it_never_holds_more_than_it_may(asked: list[tuple[str, int]]):
    """In number and in bytes, and every answer is right."""
    cache, maker = ReportCache(entries=3, size=12), Maker()
    for name, size in asked:
        body = cache.get((name, size), maker.of(name, size))
        held = sum(map(len, cache._bodies.values()))
        assert name.encode() * size == body
        assert len(cache) <= 3
        assert held == cache._held <= 12
