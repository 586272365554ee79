"""A browser gets in once by a link, or by a token, and stays in for a while."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.role import Role
from airq_cron.errors import NotFoundError
from airq_cron.ports import AuditFilter, Store
from airq_cron.services.check_session import IDLE_LIFE, check_session
from airq_cron.services.issue_token import IssuedToken, create_token, digest_of
from airq_cron.services.log_in import (
    LINK_LIFE,
    SESSION_LIFE,
    OpenedSession,
    log_in_by_link,
    log_in_by_token,
    log_out,
    make_link,
)
from airq_cron.services.manage_tokens import revoke_token
from airq_cron.testing import FakeClock

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def issued(store: Store, clock: FakeClock) -> IssuedToken:
    """Give an operator's token that ends in a day."""
    ends = clock.now() + timedelta(days=1)
    return create_token(
        store, name="ci", role=Role.OPERATOR, at=clock.now(), expires_at=ends
    )


@pytest.fixture
def opened(store: Store, clock: FakeClock, issued: IssuedToken) -> OpenedSession:
    """Give a session that was opened by the token."""
    session = log_in_by_token(store, issued.secret, clock.now())
    assert session is not None
    return session


def test_a_link_logs_in_once(store: Store, clock: FakeClock, issued: IssuedToken):
    """By the token it was made for; the second browser is refused."""
    secret = make_link(store, "ci", clock.now(), by="cli:me")

    first, second = (log_in_by_link(store, secret, clock.now()) for _ in range(2))

    assert first is not None
    assert issued.token.id == first.token.id
    assert second is None
    found = check_session(store, first.secret, clock.now())
    assert found is not None
    assert ("ci", "operator") == (found.name, found.role)


def test_a_link_works_for_a_quarter_of_an_hour(
    store: Store, clock: FakeClock, issued: IssuedToken
):
    """Up to the last instant, not at it."""
    links = [make_link(store, "ci", clock.now(), by="cli:me") for _ in range(2)]
    clock.advance(LINK_LIFE - MOMENT)
    assert log_in_by_link(store, links[0], clock.now()) is not None
    clock.advance(MOMENT)
    assert log_in_by_link(store, links[1], clock.now()) is None


def test_no_link_is_made_for_a_token_out_of_force(
    store: Store, clock: FakeClock, issued: IssuedToken
):
    """Neither for an unknown one, nor for one that ends before it is used."""
    link = make_link(store, "ci", clock.now(), by="cli:me")
    revoke_token(store, "ci", clock.now())

    for name in ("ci", "nobody"):
        with pytest.raises(NotFoundError):
            make_link(store, name, clock.now(), by="cli:me")
    assert log_in_by_link(store, link, clock.now()) is None


def test_a_session_ends_when_it_is_idle(
    store: Store, clock: FakeClock, opened: OpenedSession
):
    """Each request keeps it open for two hours more."""
    for _ in range(2):
        clock.advance(IDLE_LIFE - MOMENT)
        assert check_session(store, opened.secret, clock.now()) is not None
    clock.advance(IDLE_LIFE)
    assert check_session(store, opened.secret, clock.now()) is None


def test_a_session_ends_however_busy_it_is(
    store: Store, clock: FakeClock, opened: OpenedSession
):
    """Twelve hours after it was opened."""
    for _ in range(11):
        clock.advance(timedelta(hours=1))
        assert check_session(store, opened.secret, clock.now()) is not None
    clock.advance(timedelta(hours=1) - MOMENT)
    assert check_session(store, opened.secret, clock.now()) is not None
    clock.advance(MOMENT)
    assert SESSION_LIFE == clock.now() - opened.session.created_at
    assert check_session(store, opened.secret, clock.now()) is None


@pytest.mark.parametrize("how", ["revoked", "expired", "logged out"])
def test_a_session_ends_with_what_it_stands_on(
    store: Store, clock: FakeClock, issued: IssuedToken, how: str
):
    """Revoke the token, let it expire, or log out: the next request is refused."""
    clock.advance(timedelta(hours=23))
    opened = log_in_by_token(store, issued.secret, clock.now())
    assert opened is not None
    assert check_session(store, opened.secret, clock.now()) is not None
    if how == "revoked":
        revoke_token(store, "ci", clock.now())
    elif how == "expired":
        clock.advance(timedelta(hours=1))
    else:
        log_out(store, opened.secret)

    assert check_session(store, opened.secret, clock.now()) is None


def test_logging_out_closes_this_session_only(
    store: Store, clock: FakeClock, issued: IssuedToken
):
    """Another browser of the same person stays in; once more is harmless."""
    mine, other = (log_in_by_token(store, issued.secret, clock.now()) for _ in "ab")
    assert mine is not None
    assert other is not None
    for _ in range(2):
        log_out(store, mine.secret)

    assert check_session(store, mine.secret, clock.now()) is None
    assert check_session(store, other.secret, clock.now()) is not None


def test_only_hashes_are_kept(store: Store, clock: FakeClock, opened: OpenedSession):
    """Neither cookie nor link can be read from the database, nor from a log."""
    assert digest_of(opened.secret) == opened.session.digest
    assert opened.secret not in repr(opened)
    assert opened.secret not in repr(opened.session)


def test_logins_are_on_the_audit_trail(
    store: Store, clock: FakeClock, issued: IssuedToken
):
    """Who made a link, who came in by what, and who left."""
    link = make_link(store, "ci", clock.now(), by="cli:me")
    opened = log_in_by_link(store, link, clock.now())
    assert opened is not None
    log_out(store, opened.secret)
    with store.read() as unit:
        where = AuditFilter(subject="token:ci")
        trail = unit.audit.find(where, limit=9, after=None)[::-1]

    assert [
        ("system", "token.create"),
        ("cli:me", "login_link.create"),
        ("token:ci", "session.open"),
        ("token:ci", "session.close"),
    ] == [(entry.actor, entry.action) for entry in trail]


@given(guess=st.text(max_size=80))
def test_nobody_gets_in_by_a_guess(guess: str):
    """A guess has no hash of ours, whatever it looks like."""
    assert digest_of(guess) != guess
    assert 64 == len(digest_of(guess))


@pytest.mark.parametrize("guess", ["", "airq_", "airq_x", "\ud800", "' OR 1=1 --"])
def test_a_guess_opens_nothing(store: Store, clock: FakeClock, guess: str):
    """Neither as link, nor as token, nor as cookie."""
    assert log_in_by_link(store, guess, clock.now()) is None
    assert log_in_by_token(store, guess, clock.now()) is None
    assert check_session(store, guess, clock.now()) is None
