"""Indices as others report them."""

from typing import Any

import pytest

from airq_cron.domain.reported import SERVABLE, index_refusal


@pytest.mark.parametrize("value", [0, 52, 500, 999, 9999])
def test_an_index_may_be_high(value: int) -> None:
    """Above 500 there is smoke."""
    assert index_refusal(value) is None


@pytest.mark.parametrize("value", [-1, 10_000, 52.0, "52", True, None, "-"])
def test_what_is_no_index_is_refused_with_a_reason(value: Any) -> None:
    """A text, a fraction and a truth are none."""
    assert (index_refusal(value) or "").startswith("not ")


def test_nobodys_terms_were_read() -> None:
    """Until a person has, nothing that was reported is passed on."""
    assert set() == SERVABLE
