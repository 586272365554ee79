"""What is kept for a time goes after it, kind by kind, and nothing else does."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import create_engine, func, insert, select

from airq_cron.domain.breaker import BreakerChange, BreakerState
from airq_cron.domain.run import State
from airq_cron.ports import Expired, RowKind, Token
from airq_cron.services.cleanup import ROW_AGES
from airq_cron.store.expiring import ROWS
from airq_cron.store.login_tables import login_links, sessions
from airq_cron.store.store import SqlStore
from airq_cron.store.upstream_tables import provider_samples
from tests import entries
from tests.databases import Database
from tests.flips import FLIP

DAWN = entries.DAWN
DAY = timedelta(days=1)


def count(store: SqlStore, kind: RowKind, before: datetime) -> Expired:
    with store.read() as unit:
        return unit.expiring.count(kind, before)


def purge(store: SqlStore, kind: RowKind, before: datetime, limit: int = 99) -> int:
    return store.write(lambda unit: unit.expiring.purge(kind, before, limit))


def change(at: datetime) -> BreakerChange:
    closed, opened = BreakerState.CLOSED, BreakerState.OPEN
    return BreakerChange("open-meteo", at, closed, opened, "5 failures", 5, "system")


def token(name: str, **more: datetime | None) -> Token:
    dates = {"expires_at": None, "last_used_at": None, "revoked_at": None} | more
    return Token(name, name, "viewer", DAWN, **dates)


def test_every_kind_says_its_age_and_its_rows() -> None:
    """Who adds a kind cannot forget one of them."""
    assert set(RowKind) == set(ROWS) == set(ROW_AGES)


@pytest.mark.parametrize("kind", RowKind)
def test_of_nothing_nothing_goes(store: SqlStore, kind: RowKind) -> None:
    """An empty table is no error on either database."""
    assert Expired(0, None) == count(store, kind, DAWN)
    assert 0 == purge(store, kind, DAWN)


def test_the_oldest_go_first_and_never_more_than_asked(store: SqlStore) -> None:
    """So that a transaction is short whatever has piled up."""
    for number in (3, 1, 2, 9):
        at = DAWN + number * DAY
        store.write(lambda unit, at=at: unit.breakers.note(change(at)))  # type: ignore[misc]
    kind, before = RowKind.BREAKER_CHANGES, DAWN + 4 * DAY

    assert Expired(3, DAWN + DAY) == count(store, kind, before)
    assert 2 == purge(store, kind, before, limit=2)
    assert Expired(1, DAWN + 3 * DAY) == count(store, kind, before)
    assert [1, 0] == [purge(store, kind, before) for _ in range(2)]
    assert Expired(1, DAWN + 9 * DAY) == count(store, kind, DAWN + 10 * DAY)


def test_tokens_go_after_their_end_however_they_ended(store: SqlStore) -> None:
    """One that is in force has no end, or one to come."""
    given = [
        token("expired", expires_at=DAWN),
        token("revoked", revoked_at=DAWN),
        token("in force"),
        token("lasting", expires_at=DAWN + 9 * DAY),
    ]
    for one in given:
        store.write(lambda unit, one=one: unit.tokens.add(one, one.name))  # type: ignore[misc]

    assert 2 == purge(store, RowKind.TOKENS, DAWN + DAY)
    with store.read() as unit:
        assert ["in force", "lasting"] == [one.name for one in unit.tokens.all()]


def test_a_token_stays_as_long_as_its_session(
    store: SqlStore, database: Database
) -> None:
    """Sessions go first, then it."""
    store.write(lambda unit: unit.tokens.add(token("ops", revoked_at=DAWN), "ops"))
    session = {"digest": "s", "token_id": "ops", "created_at": DAWN, "seen_at": DAWN}
    link = {"digest": "l", "token_id": "ops"}
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(insert(sessions).values(**session, expires_at=DAWN))
        connection.execute(insert(login_links).values(**link, expires_at=DAWN))
    engine.dispose()
    later = DAWN + DAY

    assert 0 == purge(store, RowKind.TOKENS, later)
    assert 1 == purge(store, RowKind.SESSIONS, later)
    assert 1 == purge(store, RowKind.LOGIN_LINKS, later)
    assert 1 == purge(store, RowKind.TOKENS, later)


def test_samples_go_by_their_age(store: SqlStore, database: Database) -> None:
    """They hold whole answers."""
    engine = create_engine(database.url)
    sample = {"provider": "openaq", "reason": "no JSON", "body": "<html>", "size": 6}
    with engine.begin() as connection:
        for day in range(3):
            values = insert(provider_samples).values(**sample, at=DAWN + day * DAY)
            connection.execute(values)
    assert 2 == purge(store, RowKind.SAMPLES, DAWN + 2 * DAY)
    with engine.connect() as connection:
        left = connection.scalar(select(func.count()).select_from(provider_samples))
    engine.dispose()

    assert 1 == left


def test_alerts_that_are_open_or_about_a_day_stay(store: SqlStore) -> None:
    """The report of a day tells its alerts, however old it is."""
    part = replace(FLIP, day=None, location=None)
    given = {
        "cleared": replace(part, key="cleared", condition="cleared"),
        "open": replace(part, key="open", condition="open"),
        "a day's": replace(part, key="day", condition="day", day=DAWN.date()),
    }
    for flip in given.values():
        store.write(lambda unit, flip=flip: unit.flips.put(flip))  # type: ignore[misc]
    for name in ("cleared", "a day's"):
        store.write(
            lambda unit, name=name: unit.flips.clear(  # type: ignore[misc]
                given[name].id, ended_at=FLIP.began_at, message="over"
            )
        )

    assert 1 == purge(store, RowKind.FLIPS, datetime.max.replace(tzinfo=DAWN.tzinfo))


def test_runs_are_counted_as_they_are_removed(store: SqlStore) -> None:
    """By age or by number, and their attempts with them."""
    for minute in range(5):
        entries.end(store, minute, State.SUCCEEDED)
    which = {"states": (State.SUCCEEDED,), "before": DAWN, "keep": 2}
    with store.read() as unit:
        runs = unit.expiring.count_runs("a-job", **which)  # type: ignore[arg-type]
        attempts = unit.expiring.count_attempts("a-job", **which)  # type: ignore[arg-type]
    gone = store.write(lambda unit: unit.runs.purge("a-job", **which, limit=9))  # type: ignore[arg-type]

    assert (3, 3, 3) == (runs.count, attempts.count, gone)
    assert runs.oldest is not None
