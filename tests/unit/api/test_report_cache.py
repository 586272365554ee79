"""Rendered reports are held, but not too many."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from airq_cron.services.cleanup import REPORTS_KEPT
from airq_cron.testing import FakeClock
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
    cache, maker = ReportCache(FakeClock()), Maker()
    bodies = [cache.get(key, maker.of(key)) for key in ("a", "a", "b", "a")]

    assert [b"a", b"a", b"b", b"a"] == bodies
    assert ["a", "b"] == maker.made


def test_the_one_not_asked_for_longest_falls_out():
    """Asking keeps it."""
    cache, maker = ReportCache(FakeClock(), entries=2), Maker()
    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get(key, maker.of(key))

    assert ["a", "b", "c", "b"] == maker.made


def test_a_body_that_is_too_large_is_not_held():
    """It is answered all the same."""
    cache = ReportCache(FakeClock(), size=3)

    assert b"aaaa" == cache.get("a", lambda: b"aaaa")
    assert 0 == len(cache)


def test_a_body_that_nobody_asks_for_goes_after_a_day():
    """Whoever asks for another one finds it gone, and a dry run counts it before."""
    clock = FakeClock()
    cache, maker, began_at = ReportCache(clock), Maker(), clock.now()
    cache.get("a", maker.of("a"))
    cache.get("b", maker.of("b"))
    clock.advance(REPORTS_KEPT / 2)
    cache.get("b", maker.of("b"))
    clock.advance(REPORTS_KEPT * 3 / 4)
    before = clock.now() - REPORTS_KEPT
    found = cache.expired(before)
    cache.get("c", maker.of("c"))

    assert (1, began_at) == (found.count, found.oldest)
    assert (0, 2) == (cache.expired(before).count, len(cache))
    assert 2 == cache.drop(clock.now() + REPORTS_KEPT)
    assert 0 == cache._held == len(cache)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 9)), max_size=60))
def test_it_never_holds_more_than_it_may(asked: list[tuple[str, int]]):
    """In number and in bytes, and every answer is right."""
    cache, maker = ReportCache(FakeClock(), entries=3, size=12), Maker()
    for name, size in asked:
        body = cache.get((name, size), maker.of(name, size))
        held = sum(len(body) for body, _ in cache._bodies.values())
        assert name.encode() * size == body
        assert len(cache) <= 3
        assert held == cache._held <= 12
