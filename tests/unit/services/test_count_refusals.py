"""What a process refused is added up, told in batches, and sealed by the minute."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from airq_cron.domain.refusal import MINUTE, MOST_SENDERS, Refusals
from airq_cron.errors import StoreError
from airq_cron.ports import AuditFilter
from airq_cron.services.count_refusals import BATCH, RefusalCount, seal_refusals
from airq_cron.services.instance_key import keep_key
from airq_cron.services.note_addresses import RENEW_EVERY, AddressBook
from airq_cron.services.verify_trail import verify_trail
from airq_cron.store.call_tables import token_addresses
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import FakeClock

FLOOD = 20_000


def break_store(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every write fail, as while the database is away."""

    def fail(*_: object, **__: object) -> None:
        raise StoreError("away")

    monkeypatch.setattr(store, "write", fail)


def test_a_flood_of_addresses_is_a_bounded_number_of_rows(
    system: System, clock: FakeClock
) -> None:
    """Every call is counted, and the trail holds."""
    store, count = system.store, RefusalCount(system.store)
    for number in range(FLOOD):
        count.note(clock.now(), f"2001:db8:{number:x}::", 401)
    assert FLOOD == count.flush()
    clock.advance(2 * MINUTE)

    written = seal_refusals(store, clock.now())

    assert MOST_SENDERS < BATCH + 1 == written
    with store.read() as unit:
        found = unit.audit.find(AuditFilter(), limit=999, after=None)
    assert FLOOD == sum(one.calls for one in found)
    (rest,) = (one for one in found if one.address is None)
    assert FLOOD - MOST_SENDERS == rest.calls
    assert (rest.note or "").startswith("many further addresses; 401")
    assert verify_trail(store, keep_key(system.settings)).broken is None
    assert 0 == seal_refusals(store, clock.now())


def test_what_the_database_did_not_take_is_told_the_next_time(
    store: SqlStore, clock: FakeClock
) -> None:
    """Together with what came meanwhile, within the same bound."""
    count = RefusalCount(store)
    count.note(clock.now(), "192.0.2.1", 401)
    with pytest.MonkeyPatch.context() as patch:
        break_store(store, patch)
        for _ in range(3):
            with pytest.raises(StoreError):
                count.flush()
    count.note(clock.now(), "192.0.2.1", 429)

    assert (2, 0) == (count.flush(), count.flush())
    minute = clock.now().replace(second=0)
    with store.read() as unit:
        assert 2 == unit.calls.refusals_since(minute).calls


def test_sealing_nothing_writes_nothing(
    store: SqlStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every beat asks every few seconds."""
    minute = clock.now().replace(second=0)
    one = Refusals(minute, "192.0.2.1", {401: 1})
    store.write(lambda unit: unit.calls.add_refusals([one]))
    break_store(store, monkeypatch)

    assert 0 == seal_refusals(store, clock.now())


def known(store: SqlStore) -> list[tuple[str, datetime]]:
    """Return the addresses of all tokens, and when each was seen last."""
    columns = token_addresses.c.address, token_addresses.c.last_seen_at
    with store._engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(columns[1]))
        return [(row.address, row.last_seen_at) for row in rows]


def test_an_address_is_told_once_an_hour(store: SqlStore, clock: FakeClock) -> None:
    """However often the token is used."""
    book, told = AddressBook(store), []
    for minutes in (0, 1, 58, 1, 59):
        clock.advance(timedelta(minutes=minutes))
        book.note("a", "192.0.2.1", clock.now())
        book.flush()
        told.append(known(store))

    assert timedelta(hours=1) == RENEW_EVERY
    assert told[0] == told[1] == told[2] != told[3] == told[4]
    assert [1, 1] == [len(told[0]), len(told[4])]


def test_addresses_are_kept_while_the_database_is_away(
    store: SqlStore, clock: FakeClock
) -> None:
    """So that a new one is not missed; no more of them than the bound."""
    book = AddressBook(store, most=3)
    book.note("a", "192.0.2.1", clock.now())
    book.flush()
    with pytest.MonkeyPatch.context() as patch:
        break_store(store, patch)
        for number in range(2, 9):
            book.note("a", f"192.0.2.{number}", clock.now() + number * MINUTE)
            with pytest.raises(StoreError):
                book.flush()
    book.flush()
    assert [f"192.0.2.{number}" for number in (1, 2, 3, 4)] == [
        address for address, _ in known(store)
    ]

    book.note("a", "192.0.2.8", clock.now() + 9 * MINUTE)
    book.flush()
    assert "192.0.2.8" == known(store)[-1][0]
