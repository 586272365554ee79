"""See to dead letters: list them, start many again, discard many."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from airq_cron.domain.page import Page, cut_page
from airq_cron.domain.run import Run
from airq_cron.ports import Dispatcher, LetterFilter, Store, Unit
from airq_cron.services.commit import commit_changes
from airq_cron.services.discard_run import discard
from airq_cron.services.execute import message_for
from airq_cron.services.publish import publish_runs
from airq_cron.services.retry_run import start_again

MOST = 1000
# So many hold SQLite's write lock for some 30 ms.
BATCH = 100


def find_dead_letters(
    store: Store, where: LetterFilter, *, limit: int, after: tuple[str, ...] | None
) -> Page[Run]:
    """
    Return dead letters with their attempts, newest scheduled_for first.

    Args:
        after: `(scheduled_for, id)` of the last one already seen, as texts.

    Raises:
        ValueError: *after* is not of that form.
    """
    place = None
    if after is not None:
        instant, run_id = after
        place = (datetime.fromisoformat(instant), run_id)
    with store.read() as unit:
        found = unit.runs.find_dead_letters(where, limit=limit + 1, after=place)
    return cut_page(found, limit, lambda run: (run.scheduled_for.isoformat(), run.id))


def retry_dead_letters(
    store: Store,
    dispatcher: Dispatcher,
    where: LetterFilter,
    *,
    by: str,
    limit: int = MOST,
) -> int:
    """
    Start the newest dead letters again, at most *limit*; return how many.

    They go in batches, each published when it is committed, so a call that
    breaks off has done a part and may be repeated. A run that fails again
    meanwhile is not started a third time.
    """
    count = 0
    for letters in _batches(store, where, limit):

        def work(unit: Unit, letters: Sequence[Run] = letters) -> list[Run]:
            return start_again(unit, letters, by=by)

        started = commit_changes(store, work)
        publish_runs(store, dispatcher, [message_for(run) for run in started])
        count += len({run.parent or run.id for run in started})
    return count


def discard_dead_letters(
    store: Store, where: LetterFilter, *, by: str, limit: int = MOST
) -> int:
    """Discard the newest dead letters, at most *limit*; return how many."""
    count = 0
    for letters in _batches(store, where, limit):
        ids = [run.id for run in letters]

        def work(unit: Unit, ids: Sequence[str] = ids) -> list[str]:
            return discard(unit, ids, by=by)

        count += len(commit_changes(store, work))
    return count


def _batches(store: Store, where: LetterFilter, limit: int) -> Iterator[Sequence[Run]]:
    with store.read() as unit:
        found = unit.runs.find_dead_letters(where, limit=limit, after=None)
    for start in range(0, len(found), BATCH):
        yield found[start : start + BATCH]
