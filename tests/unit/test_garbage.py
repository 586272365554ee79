"""How often the collector comes, and what it leaves alone."""

import gc
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
    """Begin as Python does, and leave the collector as it was."""
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


def test_what_is_there_is_spared() -> None:
    """An object that lives is not looked at any more."""
    there: list[list[int]] = [[]]
    before = gc.get_freeze_count()

    spare_what_is_there()

    assert gc.get_freeze_count() > before
    assert not any(one is there for one in gc.get_objects())
