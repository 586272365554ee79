"""Find runs that something dropped on their way, and send them again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from airq_cron.errors import UnreachableError
from airq_cron.ports import Dispatcher, Message, Queues, Store, Unit
from airq_cron.services.execute import message_for
from airq_cron.services.pause import pause_failing
from airq_cron.services.publish import publish_runs

LIMIT = 500
# Each may have a hundred parts to cancel.
SPLIT_LIMIT = 10
CRASH_LIMIT = 3
# Without recovery the first crash is the last one.
NO_CRASH = 1
UNSENT_AFTER = timedelta(seconds=1)
# A worker that is free takes its next message within milliseconds.
LOST_AFTER = timedelta(seconds=5)


def crash_limit(*, recover: bool) -> int:
    """Return the crash after which a run is `dead`."""
    return CRASH_LIMIT if recover else NO_CRASH


def sweep(
    store: Store,
    dispatcher: Dispatcher,
    queues: Queues,
    *,
    take_back: bool,
    recover: bool = True,
) -> int:
    """
    Send again what is due and not under way; return how many messages.

    Where nothing is unfinished, one question is all it costs. Each run is claimed by
    an update before anything is done with it, so any number of sweepers may work at
    once. While the broker does not answer, nobody can say which messages it has lost.

    Args:
        take_back: whether leases that ran out may be taken: not right after
            the database was away, when nobody could renew them.
        recover: whether what was lost, or has crashed, starts again; otherwise it
            is `dead` and waits for a person. What waits for its time or its
            predecessor, was handed back or never sent is no loss.
    """
    with store.read() as unit:
        if not unit.runs.has_unfinished():
            return 0
    oldest = _oldest(queues)

    def work(unit: Unit) -> list[Message]:
        unit.runs.end_overdue(LIMIT)
        unit.runs.end_overdue_splits(SPLIT_LIMIT)
        runs = unit.runs.take_waiting(LIMIT)
        runs += unit.runs.take_unsent(UNSENT_AFTER, LIMIT)
        lost = (
            unit.runs.take_lost(oldest, LOST_AFTER, LIMIT) if oldest is not None else []
        )
        if recover:
            runs += lost
        elif lost:
            unit.runs.bury([run.id for run in lost])
        if take_back:
            runs += unit.runs.take_expired(crash_limit(recover=recover), LIMIT)
        runs += [unit.runs.get(one) for one in unit.runs.release_stuck(LIMIT)]
        pause_failing(unit)
        return [message_for(run) for run in runs]

    messages = store.write(work)
    publish_runs(store, dispatcher, messages)
    return len(messages)


def _oldest(queues: Queues) -> Mapping[tuple[str, str], datetime | None] | None:
    try:
        return queues.oldest()
    except UnreachableError:
        return None
