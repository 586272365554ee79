"""What tests of services share."""

import pytest

from airq_cron.store.store import SqlStore
from tests.unit.closing import Finalise, finaliser


@pytest.fixture
def finalise(store: SqlStore) -> Finalise:
    """Give a function that runs the job for a fire time, as a worker does."""
    return finaliser(store)
