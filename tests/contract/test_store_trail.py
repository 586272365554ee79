"""The chain of the audit trail on both databases, and what is done to it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from airq_cron.clock import SystemClock
from airq_cron.domain.trail import Head
from airq_cron.errors import ConfigError
from airq_cron.ports import CALL_ORIGIN, AuditEntry, AuditFilter, CallOrigin, Unit
from airq_cron.services.verify_trail import Verdict, restart_trail, verify_trail
from airq_cron.store.store import SqlStore
from tests.conftest import WaitUntil
from tests.databases import TRAIL_KEY, Database
from tests.stage import Stage

OTHER_KEY = b"the key of somebody else, quite long"
COPY = (
    "INSERT INTO audit (id, at, actor, action, subject, mac)"
    " SELECT 6, at, actor, action, subject, mac FROM audit WHERE id = 5"
)
MINUTE = timedelta(minutes=1)


def record(store: SqlStore, count: int = 1, who: str = "cli:ann") -> None:
    """Make so many entries, each in a transaction of its own."""
    for number in range(count):
        entry = AuditEntry(
            who,
            "job.pause",
            f"job:{number}",
            before={"z": 1.10, "a": [None, True, "µ"], "1": {}},
            note="NUL \x00 and a surrogate \ud800",
        )

        def work(unit: Unit, entry: AuditEntry = entry) -> None:
            unit.audit.record(entry)

        store.write(work)


def tamper(store: SqlStore, *statements: str) -> None:
    """Change the tables as somebody with the database's password can."""
    with store._engine.connect() as connection:
        connection.execution_options(writing=True)
        with connection.begin():
            for statement in statements:
                connection.execute(text(statement))


def verify(store: SqlStore, *known: Head, key: bytes = TRAIL_KEY) -> Verdict:
    """Follow the chain."""
    return verify_trail(store, key, known)


def broken_row(store: SqlStore, *known: Head) -> int | None:
    """Return the first row that does not hold; it must be broken."""
    broken = verify(store, *known).broken
    assert broken is not None
    return broken.row


def test_what_was_recorded_holds(store: SqlStore) -> None:
    """However odd: floats, empty documents, what no database takes."""
    record(store, 5)

    verdict = verify(store)

    assert (5, None) == (verdict.rows, verdict.broken)
    assert verdict.head is not None
    assert verify(store, verdict.head).broken is None


def test_nothing_recorded_is_no_break(store: SqlStore) -> None:
    """The chain begins with the first entry."""
    assert Verdict(0, None, None, None) == verify(store)


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE audit SET actor = 'cli:eve' WHERE id = 3", 3),
        ("UPDATE audit SET before = NULL WHERE id = 1", 1),
        ("UPDATE audit SET calls = 2 WHERE id = 5", 5),
        ("UPDATE audit SET address = '192.0.2.1' WHERE id = 4", 4),
        ("UPDATE audit SET mac = NULL WHERE id = 4", 4),
        ("DELETE FROM audit WHERE id = 2", 2),
        ("DELETE FROM audit WHERE id = 1", 1),
        ("DELETE FROM audit WHERE id > 3", 4),
        ("UPDATE audit SET id = 9 WHERE id = 3", 3),
        (COPY, 6),
        ("DELETE FROM audit_checkpoints", 1),
        ("UPDATE audit_checkpoints SET row_id = 1", None),
        ("DELETE FROM audit_chain", None),
    ],
)
def test_tampering_shows(store: SqlStore, statement: str, row: int | None) -> None:
    """The first row that does not hold is named."""
    record(store, 5)

    tamper(store, statement)

    assert row == broken_row(store)


def test_rows_that_changed_places_show(store: SqlStore) -> None:
    """Both are what somebody did, but not in this order."""
    record(store, 5)

    tamper(
        store,
        "UPDATE audit SET id = 99 WHERE id = 2",
        "UPDATE audit SET id = 2 WHERE id = 3",
        "UPDATE audit SET id = 3 WHERE id = 99",
    )

    assert 2 == broken_row(store)


def test_a_cut_with_its_head_shows_against_the_log(store: SqlStore) -> None:
    """The database alone cannot tell; the head that was noted can."""
    record(store, 5)
    noted = verify(store).head
    assert noted is not None
    tamper(
        store,
        "UPDATE audit_chain SET row_id = 3, mac = (SELECT mac FROM audit WHERE id = 3)",
        "DELETE FROM audit WHERE id > 3",
    )

    assert verify(store).broken is None
    assert 4 == broken_row(store, noted)


def test_a_chain_whose_head_was_taken_away_does_not_begin_anew_unseen(
    store: SqlStore,
) -> None:
    """The next entry begins another, before which nothing may be sealed."""
    record(store, 3)
    tamper(store, "DELETE FROM audit_chain", "DELETE FROM audit_checkpoints")
    record(store)

    assert 1 == broken_row(store)


def test_rows_from_before_the_chain_are_covered_by_its_beginning(
    database: Database,
) -> None:
    """They have no seals of their own; a change shows all the same."""
    record(database.open(trail_key=None), 3)
    store = database.open()
    record(store, 2)

    verdict = verify(store)
    assert (2, None) == (verdict.rows, verdict.broken)
    assert verdict.start is not None
    assert (3, 3) == (verdict.start.row_id, verdict.start.rows)

    tamper(store, "UPDATE audit SET actor = 'cli:eve' WHERE id = 2")
    broken = verify(store).broken
    assert broken is not None
    assert "up to 3 are not the 3" in broken.reason


def test_who_has_another_key_is_refused(database: Database) -> None:
    """At the start, and before anything is written; the setting is named."""
    record(database.open())
    other = database.open(trail_key=lambda: OTHER_KEY)

    with pytest.raises(ConfigError, match="AIRQ_INSTANCE_KEY"):
        other.check_schema()
    with pytest.raises(ConfigError, match="airq audit restart"):
        record(other)
    assert verify(database.open()).broken is None


def test_a_lost_key_is_no_end(database: Database) -> None:
    """A person begins the chain anew; what was there is covered as it is."""
    record(database.open(), 3)
    other = database.open(trail_key=lambda: OTHER_KEY)

    restart_trail(other, by="cli:ann", reason="the disk is gone")
    record(other)

    other.check_schema()
    verdict = verify(other, key=OTHER_KEY)
    assert (2, None) == (verdict.rows, verdict.broken)
    tamper(other, "UPDATE audit SET actor = 'cli:eve' WHERE id = 2")
    assert verify(other, key=OTHER_KEY).broken is not None


def test_retention_leaves_a_checkpoint(store: SqlStore) -> None:
    """The chain goes on from it, and what was removed may not come back."""
    record(store, 6)
    with store.read() as unit:
        cut = unit.audit.find(AuditFilter(), limit=9, after=None)[2].at
    assert cut is not None

    removed = [store.write(lambda unit: unit.audit.purge(cut, 2)) for _ in range(3)]
    record(store)

    assert [2, 1, 0] == removed
    verdict = verify(store)
    assert (4, None) == (verdict.rows, verdict.broken)
    tamper(store, "DELETE FROM audit WHERE id = 4")
    assert 4 == broken_row(store)


def test_a_row_that_comes_back_after_retention_shows(store: SqlStore) -> None:
    """Whatever it says."""
    record(store, 3)
    at = SystemClock().now() + MINUTE
    assert 3 == store.write(lambda unit: unit.audit.purge(at, 9))
    tamper(
        store,
        "INSERT INTO audit (id, at, actor, action, subject)"
        " SELECT 2, at, 'cli:eve', 'job.pause', 'job:x' FROM audit_checkpoints"
        " WHERE kind = 'start'",
    )

    assert 2 == broken_row(store)


def test_retention_hides_no_break(store: SqlStore) -> None:
    """A broken chain is kept for who has to look into it."""
    record(store, 3)
    tamper(store, "UPDATE audit SET actor = 'cli:eve' WHERE id = 2")
    at = SystemClock().now() + MINUTE

    assert 0 == store.write(lambda unit: unit.audit.purge(at, 9))
    assert 2 == broken_row(store)


def test_old_rows_go_together(database: Database) -> None:
    """As long as one of them is too young, all that the beginning covers stay."""
    record(database.open(trail_key=None), 2)
    store = database.open()
    record(store, 2)
    with store.read() as unit:
        found = unit.audit.find(AuditFilter(), limit=9, after=None)
    young, late = found[2].at, SystemClock().now() + MINUTE
    assert young is not None

    assert 0 == store.write(lambda unit: unit.audit.purge(young, 9))
    assert 4 == store.write(lambda unit: unit.audit.purge(late, 9))
    assert verify(store).broken is None


def test_where_a_call_comes_from_is_noted_beside_it(store: SqlStore) -> None:
    """Without each service handing it on."""
    token = CALL_ORIGIN.set(CallOrigin("192.0.2.7", "req-1"))
    try:
        record(store)
    finally:
        CALL_ORIGIN.reset(token)
    record(store)

    with store.read() as unit:
        newer, older = unit.audit.find(AuditFilter(), limit=9, after=None)
    assert ("192.0.2.7", "req-1") == (older.address, older.request_id)
    assert (None, None) == (newer.address, newer.request_id)


def test_a_write_that_fails_leaves_no_entry(store: SqlStore) -> None:
    """And no gap in the chain."""

    def fail(unit: Unit) -> None:
        unit.audit.record(AuditEntry("cli:ann", "job.pause", "job:x"))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.write(fail)
    record(store, 2)

    assert (2, None) == (verify(store).rows, verify(store).broken)


WRITERS, EACH = 4, 15


def test_writers_at_once_keep_one_chain(database: Database) -> None:
    """Each from a store of its own, on a trail that has not begun yet."""
    stores = [database.open(lock_wait_s=2.0) for _ in range(WRITERS)]

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda one: record(one, EACH), stores))

    verdict = verify(stores[0])
    assert (WRITERS * EACH, None) == (verdict.rows, verdict.broken)


@pytest.fixture
def stage(postgres_database: Database, wait_until: WaitUntil) -> Iterator[Stage]:
    """Give a stage without patience: a deadlock is an error."""
    made = Stage(postgres_database, wait_until, patience_s=0)
    record(made.first)
    yield made
    made.close()


@pytest.mark.postgres
def test_who_has_recorded_holds_up_nobody_before_the_commit(stage: Stage) -> None:
    """The chain is locked last, when all other locks are held."""
    entry = AuditEntry("cli:ann", "job.pause", "job:x")
    holding = stage.hold(lambda unit: unit.audit.record(entry))

    record(stage.second)
    stage.commit()

    assert holding.result() is None
    assert (3, None) == (verify(stage.first).rows, verify(stage.first).broken)


def test_what_retention_will_remove_is_counted_before(database: Database) -> None:
    """Exactly; rows from before the chain count with the first of the chain."""
    record(database.open(trail_key=None), 2)
    store = database.open()
    record(store, 3)
    with store.read() as unit:
        ats = [one.at for one in unit.audit.find(AuditFilter(), limit=9, after=None)]
    newest_first = [at for at in ats if at is not None]
    cuts = [*newest_first[::-1], SystemClock().now() + MINUTE]

    counted = []
    for cut in cuts:
        with store.read() as unit:
            counted.append(unit.audit.count_expired(cut).count)
    with store.read() as unit:
        assert newest_first[-1] == unit.audit.count_expired(cuts[-1]).oldest

    assert [0, 0, 0, 3, 4, 5] == counted
    assert 3 == store.write(lambda unit: unit.audit.purge(cuts[3], 9))
    assert [1, 1, 0] == [
        store.write(lambda unit: unit.audit.purge(cuts[-1], 1)) for _ in range(3)
    ]
