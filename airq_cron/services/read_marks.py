"""Read the last runs of many jobs, each as little as a mark."""

from collections.abc import Mapping, Sequence

from airq_cron.ports import Mark, Store

SHOWN = 60


def read_marks(
    store: Store, jobs: Sequence[str], *, limit: int = SHOWN
) -> Mapping[str, Sequence[Mark]]:
    """
    Return the last *limit* whole runs of each of *jobs*, the oldest first.

    Jobs without any are absent. It is one statement, for at most 400 jobs.
    """
    with store.read() as unit:
        return unit.runs.marks(jobs, limit)
