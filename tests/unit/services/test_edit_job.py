"""Changes of jobs whose answer from the database was lost."""

from collections.abc import Callable
from typing import Any

import pytest

from airq_cron.errors import NotFoundError
from airq_cron.ports import AuditFilter, Store
from airq_cron.services.manage_jobs import (
    change_job,
    create_job,
    delete_job,
    read_job,
    replace_job,
)
from airq_cron.services.pause import pause_job, resume_job
from airq_cron.services.toggle import toggle_job
from airq_cron.store.store import SqlStore
from tests.lost_answer import LostAnswer

HOURLY: dict[str, Any] = {"kind": "health", "schedule": "0 * * * *"}
ME = "cli:me"
EDITS: list[Callable[[Store], Any]] = [
    lambda store: change_job(store, "mine", {"category": "x"}, by=ME, version=1),
    lambda store: replace_job(
        store, "mine", HOURLY | {"schedule": "@daily"}, by=ME, version=1
    ),
    lambda store: toggle_job(store, "mine", enabled=False, by=ME),
    lambda store: pause_job(store, "mine", note="x", by=ME),
]


def actions(store: SqlStore) -> list[str]:
    """Return what the audit trail says of the job, newest first."""
    with store.read() as unit:
        found = unit.audit.find(AuditFilter("job:mine"), limit=9, after=None)
    return [entry.action for entry in found]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("before", [True, False])
def test_a_change_is_made_and_audited_once(
    store: SqlStore, edit: Callable[[Store], Any], *, before: bool
) -> None:
    """Whether the commit was lost with its answer, or only the answer."""
    create_job(store, "mine", HOURLY, by=ME)

    LostAnswer(store, before=before)
    found = edit(store)

    assert found == read_job(store, "mine")
    assert 2 == found.version
    assert 2 == len(actions(store))


@pytest.mark.parametrize("before", [True, False])
def test_a_job_is_made_and_deleted_once(store: SqlStore, *, before: bool) -> None:
    """Its own row is no conflict, and its absence no mistake."""
    LostAnswer(store, before=before)
    made = create_job(store, "mine", HOURLY, by=ME)
    assert made == read_job(store, "mine")

    LostAnswer(store, before=before)
    delete_job(store, "mine", by=ME, version=1)

    with pytest.raises(NotFoundError):
        read_job(store, "mine")
    assert ["job.delete", "job.create"] == actions(store)


def test_resuming_what_is_on_is_no_change(store: SqlStore) -> None:
    """No version, and no line in the audit."""
    create_job(store, "mine", HOURLY, by=ME)

    assert 1 == resume_job(store, "mine", by=ME).version
    assert ["job.create"] == actions(store)
