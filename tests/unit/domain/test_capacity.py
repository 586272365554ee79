"""What a queue can take: Little's law, from rates to workers and waiting."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.capacity import DRAIN_S, Load, estimate, workers_to_drain

# 2 messages a second, 3 s each, 8 workers: 6 of them are busy on average.
BUSY = Load(arrivals=1200, observed_s=600, mean_handling_s=3.0, waiting=400, workers=8)
counts = st.integers(0, 100_000)
lengths = st.floats(0.01, 1000)


@st.composite
def any_load(draw: st.DrawFn) -> Load:
    """Draw what a queue may have been asked to do."""
    return Load(
        arrivals=draw(counts),
        observed_s=draw(st.floats(1, 3600)),
        mean_handling_s=draw(st.none() | lengths),
        waiting=draw(counts),
        workers=draw(st.none() | st.integers(0, 200)),
    )


def test_rates_give_the_load_and_the_share_of_the_workers():
    """Arrivals a second times seconds each are the workers that are busy."""
    found = estimate(BUSY)

    assert (2.0, 1 / 3, 6.0, 0.75) == (
        found.arrival_rate,
        found.service_rate,
        found.offered_load,
        found.utilisation,
    )


def test_a_backlog_is_worked_off_by_who_is_not_busy():
    """Eight do 8/3 a second, 2 come: 400 are gone after 600 s."""
    found = estimate(BUSY)

    assert found.keeps_up
    assert found.drain_s == pytest.approx(600)


def test_the_workers_needed_do_what_waits_besides_what_comes():
    """(2 + 400/300) a second at 3 s each are ten workers; they need 5 minutes."""
    assert 10 == estimate(BUSY).workers_needed
    assert estimate(replace(BUSY, workers=10)).drain_s == pytest.approx(DRAIN_S)


@pytest.mark.parametrize("workers", [0, 3, 6])
def test_a_backlog_that_does_not_shrink_has_no_end(workers: int):
    """With exactly as many as are busy, it stays as it is."""
    found = estimate(replace(BUSY, workers=workers))

    assert (False, None) == (found.keeps_up, found.drain_s)


@pytest.mark.parametrize("workers", [None, 0, 2])
def test_an_idle_night_needs_nobody(workers: int | None):
    """Nothing came, nothing waits: nothing is unknown but the handling."""
    found = estimate(Load(0, 3600.0, None, 0, workers))

    assert (0.0, True, 0.0) == (found.arrival_rate, found.keeps_up, found.drain_s)
    assert (None, None) == (found.service_rate, found.workers_needed)


def test_what_nobody_measured_is_unknown():
    """Not zero: no time was watched, no execution was timed."""
    found = estimate(Load(0, 0.0, None, 5, None))

    assert {None} == {
        found.arrival_rate,
        found.service_rate,
        found.offered_load,
        found.utilisation,
        found.workers_needed,
        found.keeps_up,
        found.drain_s,
    }


@given(any_load())
def test_so_many_workers_drain_it_in_time_and_one_less_does_not(load: Load):
    """The number is the smallest that is enough."""
    needed = estimate(load).workers_needed
    if not needed or load.waiting == 0:
        return
    enough = estimate(replace(load, workers=needed))
    fewer = estimate(replace(load, workers=needed - 1))

    # With no more than the load itself, rounding decides whether it shrinks.
    if enough.keeps_up:
        assert (enough.drain_s or 0) <= DRAIN_S * (1 + 1e-3)
    if fewer.drain_s is not None:
        assert fewer.drain_s > DRAIN_S * (1 - 1e-3)


@given(any_load(), st.integers(1, 50))
def test_more_workers_never_make_it_worse(load: Load, more: int):
    """Neither the share of each nor the time to drain."""
    here = estimate(replace(load, workers=load.workers or 1))
    there = estimate(replace(load, workers=(load.workers or 1) + more))

    assert (there.utilisation or 0) <= (here.utilisation or 0)
    if here.drain_s is not None:
        assert there.drain_s is not None
        assert there.drain_s <= here.drain_s


@given(st.floats(0, 1000), lengths, counts, counts)
def test_a_larger_backlog_never_needs_fewer(
    rate: float, handling_s: float, waiting: int, more: int
):
    """Nor does one that is to be gone sooner."""
    here = workers_to_drain(rate, handling_s, waiting)

    assert workers_to_drain(rate, handling_s, waiting + more) >= here
    assert workers_to_drain(rate, handling_s, waiting, within_s=60.0) >= here
