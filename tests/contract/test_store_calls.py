"""Refused calls and the addresses of tokens, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from airq_cron.domain.refusal import MINUTE, OTHERS, Refusals
from airq_cron.ports import AuditEntry, AuditFilter, NewAddress, RowKind, Toll
from airq_cron.services.count_refusals import RefusalCount, seal_refusals
from airq_cron.services.record_refusal import REFUSED
from airq_cron.services.verify_trail import verify_trail
from airq_cron.store.store import SqlStore
from tests import entries
from tests.contract.test_store_expiring import token
from tests.databases import TRAIL_KEY, Database

NOON = entries.DAWN.replace(hour=12, minute=0, second=0, microsecond=0)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
ONE, OTHER = "192.0.2.1", "192.0.2.2"


def add(store: SqlStore, *refused: Refusals) -> None:
    store.write(lambda unit: unit.calls.add_refusals(refused))


def take(store: SqlStore, limit: int = 99, minutes: int = 1) -> list[Refusals]:
    before = NOON + minutes * MINUTE
    return store.write(lambda unit: unit.calls.take_refusals(before, limit))


def trail(store: SqlStore) -> list[AuditEntry]:
    with store.read() as unit:
        return unit.audit.find(AuditFilter(action=REFUSED), limit=999, after=None)


def test_what_several_processes_count_is_one_sum(store: SqlStore) -> None:
    """By minute and sender, each reason by itself."""
    add(store, Refusals(NOON, ONE, {401: 2, 429: 5}), Refusals(NOON, OTHERS, {421: 1}))
    add(store, Refusals(NOON + MINUTE, ONE, {401: 1}), Refusals(NOON, ONE, {401: 3}))
    add(store)

    assert [
        Refusals(NOON, OTHERS, {401: 0, 403: 0, 421: 1, 429: 0}),
        Refusals(NOON, ONE, {401: 5, 403: 0, 421: 0, 429: 5}),
    ] == take(store)
    assert [] == take(store)
    assert [1] == [one.calls for one in take(store, minutes=2)]


def test_of_many_sums_a_transaction_takes_some(store: SqlStore) -> None:
    """The oldest first, so that the chain of the trail is held for a moment only."""
    add(store, *[Refusals(NOON, f"s{n}", {401: 1}) for n in (3, 1, 2)])

    assert ["s1", "s2"] == [one.sender for one in take(store, 2)]
    assert ["s3"] == [one.sender for one in take(store, 2)]


def test_what_was_refused_lately_is_told_before_it_is_sealed(store: SqlStore) -> None:
    """Who calls most has a name, unless they are many."""
    add(
        store,
        Refusals(NOON - MINUTE, ONE, {401: 900}),
        Refusals(NOON, ONE, {401: 3}),
        Refusals(NOON, OTHERS, {401: 50}),
        Refusals(NOON, OTHER, {421: 7}),
        Refusals(NOON + MINUTE, ONE, {429: 5}),
    )

    with store.read() as unit:
        assert Toll(65, ONE, 8) == unit.calls.refusals_since(NOON)
        assert Toll() == unit.calls.refusals_since(NOON + HOUR)
        assert unit.calls.has_refusals(NOON)
        assert not unit.calls.has_refusals(NOON - MINUTE)


def test_a_minute_that_is_over_is_one_sealed_row_an_address(
    database: Database,
) -> None:
    """Though two processes counted, and two seal; the chain holds."""
    stores = [database.open(lock_wait_s=2.0) for _ in range(2)]
    for store, calls in zip(stores, (120, 3), strict=True):
        count = RefusalCount(store)
        for number in range(calls):
            count.note(NOON + number % 60 * SECOND, ONE, 401)
        count.note(NOON, OTHER, 421)
        assert calls + 1 == count.flush()

    assert 0 == seal_refusals(stores[0], NOON + MINUTE)
    with ThreadPoolExecutor(2) as pool:
        at = NOON + 2 * MINUTE
        written = pool.map(lambda store: seal_refusals(store, at), stores)
        assert 2 == sum(written)

    found = trail(stores[0])
    assert {(ONE, 123, NOON), (OTHER, 2, NOON)} == {
        (one.address, one.calls, one.at) for one in found
    }
    assert {("nobody", REFUSED)} == {(one.actor, one.action) for one in found}
    assert "401 not authenticated: 123" in {one.note for one in found}
    verdict = verify_trail(stores[0], TRAIL_KEY)
    assert (2, None) == (verdict.rows, verdict.broken)


def test_calls_of_an_action_are_added_up_by_who_did_them(store: SqlStore) -> None:
    """Since an instant; another action does not count."""
    given = [
        AuditEntry("nobody", REFUSED, "api", address=ONE, calls=40, at=NOON),
        AuditEntry("nobody", REFUSED, "api", calls=500, at=NOON),
        AuditEntry("token:a", REFUSED, "x", address=OTHER, at=NOON),
        AuditEntry("token:a", REFUSED, "x", address=OTHER, at=NOON - MINUTE),
        AuditEntry("token:a", "job.execute", "job:x", address=OTHER, at=NOON),
    ]
    for entry in given:
        store.write(lambda unit, entry=entry: unit.audit.record(entry))  # type: ignore[misc]

    with store.read() as unit:
        assert Toll(541, ONE, 40) == unit.audit.toll(REFUSED, NOON, by="address")
        execute = unit.audit.toll("job.execute", NOON, by="actor")
        nothing = unit.audit.toll("job.pause", NOON, by="actor")
    assert (Toll(1, "token:a", 1), Toll()) == (execute, nothing)


def test_only_further_addresses_of_a_token_are_new(store: SqlStore) -> None:
    """The first is where it lives; seen again is not new again."""
    for name in ("ops", "grafana"):
        store.write(lambda unit, name=name: unit.tokens.add(token(name), name))  # type: ignore[misc]
    for name, address, at in (
        ("ops", ONE, NOON),
        ("ops", OTHER, NOON + HOUR),
        ("ops", OTHER, NOON + 3 * HOUR),
        ("ops", ONE, NOON + 4 * HOUR),
        ("ops", "192.0.2.3", NOON + 2 * HOUR),
        ("grafana", OTHER, NOON + HOUR),
        ("gone", ONE, NOON),
        ("gone", OTHER, NOON + HOUR),
    ):
        store.write(
            lambda unit, name=name, address=address, at=at: (  # type: ignore[misc]
                unit.calls.note_address(name, address, at)
            )
        )

    with store.read() as unit:
        found = unit.calls.new_addresses(NOON, 9)
        few = unit.calls.new_addresses(NOON, 1)
        late = unit.calls.new_addresses(NOON + 3 * HOUR, 9)
    assert [
        NewAddress("ops", "192.0.2.3", NOON + 2 * HOUR),
        NewAddress("ops", OTHER, NOON + HOUR),
    ] == found
    assert (found[:1], []) == (few, late)


def test_a_token_address_goes_when_it_was_not_seen_for_long(store: SqlStore) -> None:
    """One in use stays, whenever it was first seen."""
    for address, at in ((ONE, NOON), (OTHER, NOON), (OTHER, NOON + 2 * HOUR)):
        store.write(
            lambda unit, address=address, at=at: (  # type: ignore[misc]
                unit.calls.note_address("ops", address, at)
            )
        )
    kind = RowKind.ADDRESSES

    assert 1 == store.write(lambda unit: unit.expiring.purge(kind, NOON + HOUR, 9))
    assert 1 == store.write(lambda unit: unit.expiring.purge(kind, NOON + 9 * HOUR, 9))
