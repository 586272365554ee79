"""Work whose repetition finds nothing left to do tells what it did."""

import pytest

from airq_cron.domain.run import State
from airq_cron.ports import Unit
from airq_cron.services.commit import commit_changes
from airq_cron.store.store import SqlStore
from tests import entries
from tests.lost_answer import LostAnswer


@pytest.fixture
def failed(store: SqlStore) -> str:
    """Give a run that failed."""
    return entries.end(store, 0, State.FAILED).run_id


def test_what_was_changed_is_returned(store: SqlStore, failed: str) -> None:
    """Once; the second call has nothing to change."""

    def work(unit: Unit) -> list[str]:
        return unit.runs.discard([failed])

    assert [failed] == commit_changes(store, work)
    assert [] == commit_changes(store, work)


@pytest.mark.parametrize("before", [True, False])
def test_a_lost_answer_changes_nothing_of_it(
    store: SqlStore, failed: str, *, before: bool
) -> None:
    """Whether the commit was lost as well or not."""
    LostAnswer(store, before=before)

    assert [failed] == commit_changes(store, lambda unit: unit.runs.discard([failed]))
