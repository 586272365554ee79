"""One-time links and sessions of browsers, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.ports import BrowserSession
from airq_cron.store.store import SqlStore
from tests.air_rows import DAWN, HOUR
from tests.contract.test_air_tokens import add, token

MINE, OTHER = "a" * 64, "b" * 64
LINK = "c" * 64
TOKEN = "id-of-ci"
SESSION = BrowserSession(MINE, TOKEN, DAWN, DAWN, DAWN + 12 * HOUR)


@pytest.fixture
def known(store: SqlStore) -> SqlStore:
    """Give a store with one token and one link, for an hour."""
    add(store, token())
    store.write(lambda unit: unit.logins.add_link(LINK, TOKEN, DAWN + HOUR))
    return store


def use(store: SqlStore, session: str = MINE, *, after: timedelta = HOUR / 2) -> object:
    """Use the link."""
    return store.write(
        lambda unit: unit.logins.use_link(LINK, session, DAWN + after),
    )


def find(store: SqlStore, digest: str = MINE) -> BrowserSession | None:
    """Find a session."""
    with store.read() as unit:
        return unit.logins.find(digest)


def open_session(store: SqlStore, session: BrowserSession = SESSION) -> None:
    """Keep a session."""
    store.write(lambda unit: unit.logins.open(session))


def test_a_link_is_used_by_one_session(known: SqlStore) -> None:
    """It may ask again, since a transaction may be repeated; nobody else may."""
    assert [TOKEN, TOKEN, None, TOKEN] == [
        use(known, session) for session in (MINE, MINE, OTHER, MINE)
    ]


def test_of_many_at_once_one_gets_the_link(known: SqlStore) -> None:
    """The database decides, not who looked first."""
    sessions = [f"{number:064}" for number in range(8)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda one: use(known, one), sessions))

    assert [TOKEN] == [one for one in found if one is not None]


def test_a_link_that_has_expired_is_none(known: SqlStore) -> None:
    """The instant of expiry itself is too late."""
    assert use(known, after=HOUR) is None
    assert TOKEN == use(known, after=HOUR - timedelta(microseconds=1))


def test_an_unknown_link_is_none(store: SqlStore) -> None:
    """A guess uses up nothing."""
    assert use(store) is None


def test_a_session_is_found_by_its_digest(known: SqlStore) -> None:
    """Every field is read back; kept twice it stays as it was."""
    open_session(known)
    open_session(known, replace(SESSION, expires_at=DAWN + 99 * HOUR))

    assert SESSION == find(known)
    assert find(known, OTHER) is None


def test_the_last_request_only_goes_forward(known: SqlStore) -> None:
    """A slower process that saw it earlier changes nothing."""
    open_session(known)
    for hours in (2, 1):
        at = DAWN + hours * HOUR
        known.write(lambda unit, at=at: unit.logins.touch(MINE, at))  # type: ignore[misc]

    assert replace(SESSION, seen_at=DAWN + 2 * HOUR) == find(known)


def test_a_closed_session_is_gone(known: SqlStore) -> None:
    """Closing says whether there was one, and closes no other."""
    other = replace(SESSION, digest=OTHER)
    open_session(known)
    open_session(known, other)

    closed = [known.write(lambda unit: unit.logins.close(MINE)) for _ in range(2)]

    assert [True, False] == closed
    assert (None, other) == (find(known), find(known, OTHER))


def test_what_has_expired_is_forgotten(known: SqlStore) -> None:
    """Links and sessions; what still holds stays."""
    short = replace(SESSION, digest=OTHER, expires_at=DAWN + HOUR)
    open_session(known)
    open_session(known, short)

    known.write(lambda unit: unit.logins.forget_expired(DAWN + HOUR))

    assert (SESSION, None) == (find(known), find(known, OTHER))
    assert use(known) is None
