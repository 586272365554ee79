"""Look into the ledger: one run, or a page of them."""

from collections.abc import Callable
from datetime import datetime

from airq_cron.domain.page import Page, cut_page
from airq_cron.domain.run import ENDED, Run, State
from airq_cron.errors import InvalidError
from airq_cron.ports import RunFilter, Store


def find_runs(
    store: Store, where: RunFilter, *, limit: int, after: tuple[str, ...] | None
) -> Page[Run]:
    """
    Return runs without their attempts, newest scheduled_for first.

    Args:
        after: `(scheduled_for, id)` of the last run already seen, as texts.

    Raises:
        ValueError: *after* is not of that form.
    """
    place = None
    if after is not None:
        instant, run_id = after
        place = (datetime.fromisoformat(instant), run_id)
    with store.read() as unit:
        found = unit.runs.find(where, limit=limit + 1, after=place)
    return cut_page(found, limit, lambda run: (run.scheduled_for.isoformat(), run.id))


def read_run(store: Store, run_id: str) -> Run:
    """Return one run with its attempts; raises NotFoundError."""
    with store.read() as unit:
        return unit.runs.get(run_id)


def find_parts(
    store: Store,
    run_id: str,
    *,
    state: State | None = None,
    limit: int,
    after: tuple[str, ...] | None,
) -> Page[Run]:
    """
    Return the parts of a run by number, without their attempts.

    Args:
        after: the number of the last part already seen, as a text.

    Raises:
        NotFoundError: no such run.
        InvalidError: *after* is no number; field `cursor`.
    """
    number = 0 if after is None else _number(after)
    with store.read() as unit:
        unit.runs.get(run_id)
        found = unit.runs.parts_of(run_id, state=state, limit=limit + 1, after=number)
    return cut_page(found, limit, lambda run: (str(run.part),))


def _number(after: tuple[str, ...]) -> int:
    (text,) = after
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidError("cursor", "Not a cursor of this list.")
    return int(text)


def wait_for_run(store: Store, run_id: str, *, pause: Callable[[], None]) -> Run:
    """
    Look again after each *pause* until the run has ended, and return it.

    Raises:
        NotFoundError: no such run.
    """
    while True:
        run = read_run(store, run_id)
        if run.state in ENDED:
            return run
        pause()
