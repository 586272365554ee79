"""What is kept of breakers, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from airq_cron.domain.breaker import BreakerChange, BreakerState, Hold
from airq_cron.ports import Unit
from airq_cron.store.store import SqlStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANGE = BreakerChange(
    "open-meteo", NOW, BreakerState.CLOSED, BreakerState.OPEN, "503", 5
)
HOLD = Hold("open-meteo", "their maintenance", "cli:me", NOW, NOW + timedelta(hours=1))


def test_changes_are_read_newest_first_in_pages(store: SqlStore) -> None:
    """Those of one breaker, each once."""
    changes = [replace(CHANGE, failures=number) for number in range(5)]
    changes.append(replace(CHANGE, name="openaq"))

    def note(unit: Unit) -> None:
        for one in changes:
            unit.breakers.note(one)

    store.write(note)
    seen: list[BreakerChange] = []
    after = None
    while True:
        with store.read() as unit:
            page = unit.breakers.history("open-meteo", limit=2, after=after)
        if not page:
            break
        seen += page
        after = page[-1].id

    assert [4, 3, 2, 1, 0] == [one.failures for one in seen]
    assert CHANGE == replace(seen[-1], id=None, failures=5)


def test_what_a_person_set_is_kept_until_it_is_dropped(store: SqlStore) -> None:
    """A second word replaces the first."""
    store.write(lambda unit: unit.breakers.put_hold(HOLD))
    second = replace(HOLD, reason="still", expires_at=None)
    store.write(lambda unit: unit.breakers.put_hold(second))
    with store.read() as unit:
        assert second == unit.breakers.hold("open-meteo")
        assert unit.breakers.hold("openaq") is None

    drop = [
        store.write(lambda unit: unit.breakers.drop_hold("open-meteo")) for _ in "ab"
    ]
    assert [True, False] == drop
    with store.read() as unit:
        assert unit.breakers.hold("open-meteo") is None


def test_a_hold_ends_when_it_expires() -> None:
    """One without an end does not."""
    assert [True, False] == [HOLD.holds(NOW + timedelta(minutes=m)) for m in (59, 60)]
    assert replace(HOLD, expires_at=None).holds(NOW + timedelta(days=9999))
