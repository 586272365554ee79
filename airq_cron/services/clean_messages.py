"""Find messages whose run is gone, and keys that never end."""

from collections.abc import Callable, Sequence
from datetime import datetime

from airq_cron.errors import ConfigError, UnreachableError
from airq_cron.ports import Expired, Leftovers, Store, WaitingMessage

WINDOW = 500
# So many are looked at in one list, whatever waits there.
MOST_LOOKED_AT = 10_000
MOST_NAMED = 10

Open = Callable[[], Leftovers]
Act = Callable[[str, Sequence[WaitingMessage]], int]


def find_strays(store: Store, leftovers: Open, before: datetime) -> Expired | None:
    """
    Return how many messages sent before *before* belong to no run of the ledger.

    None: the broker does not tell. A run is entered before its message is sent, so
    an id that the ledger does not know is of a run that was removed.
    """
    sent: list[datetime] = []

    def note(_: str, strays: Sequence[WaitingMessage]) -> int:
        sent.extend(one.sent_at for one in strays)
        return 0

    try:
        _sweep(store, leftovers(), before, note)
    except (UnreachableError, ConfigError):
        return None
    return Expired(len(sent), min(sent, default=None))


def remove_strays(store: Store, leftovers: Open, before: datetime) -> int | None:
    """Remove them; a worker would drop each of them, too. None: no broker answers."""
    try:
        broker = leftovers()
        return _sweep(store, broker, before, broker.remove)
    except (UnreachableError, ConfigError):
        return None


def find_endless_keys(leftovers: Open) -> dict[str, object] | None:
    """Return how many keys never end, and the first few names; None: unknown."""
    try:
        names = leftovers().endless_keys()
    except (UnreachableError, ConfigError):
        return None
    return {"count": len(names), "first": names[:MOST_NAMED]}


def _sweep(store: Store, broker: Leftovers, before: datetime, act: Act) -> int:
    """Have *act* see all strays, a few at a time; return how many it took away."""
    total = 0
    for name in broker.lists():
        looked_at = passed = 0
        while looked_at < MOST_LOOKED_AT:
            window = broker.window(name, passed, WINDOW)
            old = [one for one in window if one is not None and one.sent_at < before]
            strays = _unknown(store, old)
            gone = act(name, strays) if strays else 0
            total += gone
            looked_at += len(window)
            passed += len(window) - gone
            # What comes after a young message is young as well.
            if len(window) < WINDOW or not old:
                break
    return total


def _unknown(store: Store, found: Sequence[WaitingMessage]) -> list[WaitingMessage]:
    if not found:
        return []
    with store.read() as unit:
        known = unit.runs.known([one.run_id for one in found])
    return [one for one in found if one.run_id not in known]
