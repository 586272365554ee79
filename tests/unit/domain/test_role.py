"""Roles contain one another."""

import pytest

from airq_cron.domain.role import Role

TABLE = {
    ("viewer", "viewer"): True,
    ("viewer", "operator"): False,
    ("viewer", "admin"): False,
    ("operator", "viewer"): True,
    ("operator", "operator"): True,
    ("operator", "admin"): False,
    ("admin", "viewer"): True,
    ("admin", "operator"): True,
    ("admin", "admin"): True,
}


@pytest.mark.parametrize(("holder", "needed"), TABLE)
def test_each_role_covers_itself_and_those_below(holder: str, needed: str):
    """A role covers exactly itself and the roles before it."""
    assert TABLE[holder, needed] == Role(holder).covers(Role(needed))
