"""When a failed attempt is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.retry import Backoff, RetryRule, retry_delay

NEVER = RetryRule()
FIXED = RetryRule(Backoff.FIXED, attempts=2, delay_s=60.0)
GROWING = RetryRule(Backoff.EXPONENTIAL, attempts=5, delay_s=4.0, cap_s=30.0)
ALMOST_ONE = 1 - 2**-53
SECOND = timedelta(seconds=1)


def test_a_rule_of_no_retries_gives_up_at_once() -> None:
    """One attempt is all there is."""
    assert retry_delay(NEVER, 1, 0.5) is None


def test_no_backoff_wins_over_a_number_of_attempts() -> None:
    """A rule that names attempts but no backoff retries nothing."""
    assert retry_delay(RetryRule(attempts=5, delay_s=1.0), 1, 0.5) is None


def test_a_fixed_pause_is_the_same_whatever_chance_says() -> None:
    """Every time a minute, and at most two attempts in all."""
    assert 60 * SECOND == retry_delay(FIXED, 1, 0.0)
    assert 60 * SECOND == retry_delay(FIXED, 1, ALMOST_ONE)
    assert retry_delay(FIXED, 2, 0.0) is None


def test_a_fixed_pause_is_capped() -> None:
    """No pause is longer than the cap."""
    rule = RetryRule(Backoff.FIXED, attempts=2, delay_s=600.0, cap_s=90.0)

    assert 90 * SECOND == retry_delay(rule, 1, 0.0)


@pytest.mark.parametrize(("failures", "longest"), [(1, 4), (2, 8), (3, 16), (4, 30)])
def test_an_exponential_pause_doubles_up_to_the_cap(
    failures: int, longest: int
) -> None:
    """The step is the upper end of what chance can draw."""
    assert timedelta() == retry_delay(GROWING, failures, 0.0)
    assert longest / 2 * SECOND == retry_delay(GROWING, failures, 0.5)


def test_three_retries_mean_three_attempts_in_all() -> None:
    """The first attempt counts."""
    rule = RetryRule(Backoff.EXPONENTIAL, attempts=3, delay_s=1.0)

    assert [True, True, False, False] == [
        retry_delay(rule, failures, 0.5) is not None for failures in (1, 2, 3, 4)
    ]


@given(
    backoff=st.sampled_from(Backoff),
    attempts=st.integers(1, 10_000),
    delay_s=st.floats(0, 1e6),
    cap_s=st.floats(0, 1e6),
    failures=st.integers(1, 10_000),
    chance=st.floats(0, ALMOST_ONE),
)
def test_a_pause_is_never_negative_nor_above_the_cap(
    backoff: Backoff,
    attempts: int,
    delay_s: float,
    cap_s: float,
    failures: int,
    chance: float,
) -> None:
    """However often it failed, no step overflows."""
    rule = RetryRule(backoff, attempts, delay_s, cap_s)

    delay = retry_delay(rule, failures, chance)

    if backoff is Backoff.NONE or failures >= attempts:
        assert delay is None
    else:
        assert delay is not None
        assert timedelta() <= delay <= timedelta(seconds=cap_s)
