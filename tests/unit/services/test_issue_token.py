"""Tokens are random, stored as hashes, and the first one is made once."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from airq_cron.domain.role import Role
from airq_cron.errors import ConflictError, InvalidError
from airq_cron.ports import Store
from airq_cron.services.check_token import check_token
from airq_cron.services.issue_token import (
    create_token,
    digest_of,
    ensure_admin_token,
)
from airq_cron.testing import FakeClock


def test_a_new_token_opens_what_its_role_may(store: Store, clock: FakeClock):
    """Whoever holds the secret is recognised, by name and role."""
    issued = create_token(store, name="ci", role=Role.OPERATOR, at=clock.now())
    found = check_token(store, issued.secret, clock.now())

    assert found is not None
    assert ("ci", "operator", None) == (found.name, found.role, found.expires_at)


def test_a_secret_has_256_random_bits(store: Store, clock: FakeClock):
    """The prefix makes it findable in leaks; the rest cannot be guessed."""
    secrets = {
        create_token(store, name=f"t{number}", role=Role.VIEWER, at=clock.now()).secret
        for number in range(3)
    }

    assert 3 == len(secrets)
    assert {True} == {secret.startswith("airq_") for secret in secrets}
    assert {5 + 43} == {len(secret) for secret in secrets}


def test_the_secret_is_nowhere_but_in_the_answer(store: Store, clock: FakeClock):
    """Neither the stored token nor the printed object shows it."""
    issued = create_token(store, name="ci", role=Role.VIEWER, at=clock.now())
    with store.read() as unit:
        stored = unit.tokens.all()

    assert issued.secret not in repr(stored)
    assert issued.secret not in repr(issued)
    assert issued.secret not in digest_of(issued.secret)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb"])
def test_an_impossible_name_is_refused(store: Store, clock: FakeClock, name: str):
    """A name can be shown on one line."""
    with pytest.raises(InvalidError) as caught:
        create_token(store, name=name, role=Role.VIEWER, at=clock.now())

    assert "name" == caught.value.field


def test_a_token_cannot_be_born_expired(store: Store, clock: FakeClock):
    """An expiry in the past is a mistake."""
    with pytest.raises(InvalidError) as caught:
        create_token(
            store,
            name="late",
            role=Role.VIEWER,
            at=clock.now(),
            expires_at=clock.now(),
        )

    assert "expires_at" == caught.value.field


def test_an_active_name_is_taken_once(store: Store, clock: FakeClock):
    """Two tokens of one name could not be told apart."""
    create_token(store, name="ci", role=Role.VIEWER, at=clock.now())
    with pytest.raises(ConflictError):
        create_token(store, name="ci", role=Role.ADMIN, at=clock.now())


def test_the_last_use_is_noted_once_a_minute(store: Store, clock: FakeClock):
    """Reading does not write at every request."""

    def last_use() -> object:
        with store.read() as unit:
            return unit.tokens.all()[0].last_used_at

    issued = create_token(store, name="ci", role=Role.VIEWER, at=clock.now())
    first = clock.now()
    check_token(store, issued.secret, clock.now())
    clock.advance(timedelta(seconds=59))
    check_token(store, issued.secret, clock.now())

    assert first == last_use()
    clock.advance(timedelta(seconds=1))
    check_token(store, issued.secret, clock.now())
    assert clock.now() == last_use()


@pytest.mark.parametrize("secret", ["", "airq_", "airq_wrong", "other", "airq_\ud800"])
def test_nobody_is_recognised_by_a_guess(store: Store, clock: FakeClock, secret: str):
    """Whatever is sent, an unknown secret is nobody's."""
    assert check_token(store, secret, clock.now()) is None


def test_the_first_start_writes_an_admin_token(
    store: Store, clock: FakeClock, tmp_path: Path
):
    """The file holds a working token and is readable by its owner only."""
    path = tmp_path / "new" / "admin.token"

    assert ensure_admin_token(store, path, clock.now())
    found = check_token(store, path.read_text().strip(), clock.now())
    assert found is not None
    assert Role.ADMIN == found.role
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(path.parent.iterdir())


def test_the_second_start_keeps_the_token(
    store: Store, clock: FakeClock, tmp_path: Path
):
    """A file that works stays, and loses permissions that are too wide."""
    path = tmp_path / "admin.token"
    ensure_admin_token(store, path, clock.now())
    before = path.read_text()
    path.chmod(0o644)

    assert not ensure_admin_token(store, path, clock.now())
    assert before == path.read_text()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("damage", ["missing", "garbage", "binary", "revoked"])
def test_a_token_that_does_not_work_is_made_anew(
    store: Store, clock: FakeClock, tmp_path: Path, damage: str
):
    """The old token stops working and the file holds a new one."""
    path = tmp_path / "admin.token"
    ensure_admin_token(store, path, clock.now())
    old = path.read_text().strip()
    if damage == "missing":
        path.unlink()
    elif damage == "revoked":
        store.write(lambda unit: unit.tokens.revoke("admin.token", clock.now()))
    else:
        path.write_bytes(b"airq_x" if damage == "garbage" else b"\xff\xfe")

    assert ensure_admin_token(store, path, clock.now())
    assert check_token(store, old, clock.now()) is None
    assert check_token(store, path.read_text().strip(), clock.now()) is not None
    assert not ensure_admin_token(store, path, clock.now())


def test_a_viewers_token_in_the_file_is_replaced(
    store: Store, clock: FakeClock, tmp_path: Path
):
    """The file is for an admin."""
    issued = create_token(store, name="ci", role=Role.VIEWER, at=clock.now())
    path = tmp_path / "admin.token"
    path.write_text(issued.secret)

    assert ensure_admin_token(store, path, clock.now())
    assert issued.secret != path.read_text().strip()
