"""Note how many messages wait in each queue, and how old the oldest is."""

from datetime import datetime, timedelta

from airq_cron.ports import Batch, Counters, Queues


def count_backlog(queues: Queues, counters: Counters, at: datetime) -> None:
    """
    Note the backlog of every queue in the minute of *at*.

    With it every queue counts as watched: without a worker its work is zero, not
    unknown.

    Raises:
        UnreachableError: the broker does not answer.
    """
    batch = Batch()
    for state in queues.states(at):
        age_s = state.oldest_age_s
        oldest = None if age_s is None else timedelta(seconds=age_s)
        batch.saw(state.name, at, state.waiting, oldest)
    counters.flush(batch)
