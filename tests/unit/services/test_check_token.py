"""Recognising a token never depends on being able to write."""

import sqlite3
from contextlib import closing

from airq_cron.domain.role import Role
from airq_cron.services.check_token import check_token
from airq_cron.services.issue_token import create_token
from airq_cron.store.store import SqlStore
from airq_cron.system import System


def test_a_locked_database_refuses_nobody(system: System):
    """While another process writes, the last use stays unnoted, and that is all."""
    now = system.clock.now()
    issued = create_token(system.store, name="ci", role=Role.VIEWER, at=now)
    settings = system.settings
    hasty = SqlStore(
        settings.database_address, system.clock, patience_s=0, lock_wait_s=0.05
    )
    with closing(sqlite3.connect(settings.sqlite_path)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = check_token(hasty, issued.secret, now)
    hasty.dispose()
    with system.store.read() as unit:
        (stored,) = unit.tokens.all()

    assert found is not None
    assert "ci" == found.name
    assert stored.last_used_at is None
