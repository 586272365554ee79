"""How often the collector comes, and what it leaves alone."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from airq_cron.garbage import (
    SELDOM,
    collect_seldom,
    collecting_seldom,
    spare_what_is_there,
)

USUAL = (700, 10, 10)


@pytest.fixture(autouse=True)
def usual_threshold() -> Iterator[None]:
    """Begin as Python does, and leave the threshold as it was."""
    before = gc.get_threshold()
    gc.set_threshold(*USUAL)
    yield
    gc.set_threshold(*before)


def test_it_comes_seldom_from_now_on() -> None:
    """What a process is set to stays."""
    collect_seldom()

    assert gc.get_threshold() == SELDOM


def test_it_comes_seldom_for_a_while() -> None:
    """Behind the block it is as before."""
    with collecting_seldom():
        within = gc.get_threshold()

    assert (within, gc.get_threshold()) == (SELDOM, USUAL)


def test_an_error_ends_the_while_as_well() -> None:
    """The block passes it on."""
    with pytest.raises(KeyError), collecting_seldom():
        raise KeyError

    assert gc.get_threshold() == USUAL


class Knot:
    """Something that holds itself."""

    def __init__(self) -> None:
        """Tie it."""
        self.itself = self


def test_what_is_there_is_spared() -> None:
    """What lives is not looked at any more; what is dead has gone before."""
    there = Knot()
    dead = weakref.ref(Knot())
    before = gc.get_freeze_count()

    spare_what_is_there()

    assert gc.get_freeze_count() > before
    assert not any(one is there for one in gc.get_objects())
    assert dead() is None
