"""API tokens, on both databases."""

from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest

from airq_cron.errors import ConflictError, NotFoundError
from airq_cron.ports import Token, Unit
from airq_cron.store.store import SqlStore
from tests.air_rows import DAWN, HOUR


def token(name: str = "ci", **more: Any) -> Token:
    """Return a token of a viewer that never expires."""
    values: dict[str, Any] = {
        "id": f"id-of-{name}",
        "role": "viewer",
        "created_at": DAWN,
        "expires_at": None,
        "last_used_at": None,
        "revoked_at": None,
    }
    return Token(name=name, **values | more)


def digest(secret: str) -> str:
    """Return what is stored of a secret."""
    return sha256(secret.encode()).hexdigest()


def add(store: SqlStore, added: Token, secret: str = "s") -> None:
    """Store a token."""
    store.write(lambda unit: unit.tokens.add(added, digest(secret)))


def revoke(store: SqlStore, name: str, at: datetime) -> None:
    """Revoke a token by name."""
    store.write(lambda unit: unit.tokens.revoke(name, at))


def find(store: SqlStore, secret: str = "s") -> Token | None:
    """Find a token by its secret."""
    with store.read() as unit:
        return unit.tokens.find(digest(secret))


def test_a_token_is_found_by_the_digest_of_its_secret(store: SqlStore) -> None:
    """Every field is read back; another secret finds nothing."""
    full = token(expires_at=DAWN + HOUR, last_used_at=DAWN, revoked_at=DAWN)
    add(store, full)

    assert full == find(store)
    assert find(store, "other") is None


def test_an_active_name_is_taken(store: SqlStore) -> None:
    """The conflict names it, and the transaction goes on."""
    add(store, token())

    def add_both(unit: Unit) -> None:
        with pytest.raises(ConflictError, match="ci"):
            unit.tokens.add(token(id="another"), digest("t"))
        unit.tokens.add(token("cd"), digest("u"))

    store.write(add_both)

    assert find(store, "t") is None
    assert token("cd") == find(store, "u")


def test_the_name_of_a_revoked_token_is_free(store: SqlStore) -> None:
    """The old one is still found, as revoked; of one name the oldest is first."""
    add(store, token())
    revoke(store, "ci", DAWN + HOUR)
    renewed = token(id="another", created_at=DAWN + HOUR)
    add(store, renewed, "t")
    revoked = token(revoked_at=DAWN + HOUR)

    assert (revoked, renewed) == (find(store), find(store, "t"))
    with store.read() as unit:
        assert [revoked, renewed] == unit.tokens.all()


def test_the_digest_of_a_revoked_token_stays_taken(store: SqlStore) -> None:
    """A leaked secret never works again."""
    add(store, token())
    revoke(store, "ci", DAWN)

    with pytest.raises(ConflictError):
        add(store, token("cd"))


def test_tokens_are_listed_by_name(store: SqlStore) -> None:
    """Upper case before lower, on both databases."""
    for number, name in enumerate(["b", "a", "B"]):
        add(store, token(name), str(number))

    with store.read() as unit:
        assert ["B", "a", "b"] == [one.name for one in unit.tokens.all()]


def test_the_last_use_only_goes_forward(store: SqlStore) -> None:
    """A slower process that saw it earlier changes nothing."""
    add(store, token())
    for hour in (2, 1):
        at = DAWN + hour * HOUR
        store.write(lambda unit, at=at: unit.tokens.touch("id-of-ci", at))  # type: ignore[misc]

    assert token(last_used_at=DAWN + 2 * HOUR) == find(store)


def test_a_use_of_an_unknown_token_is_nothing(store: SqlStore) -> None:
    """It may have been deleted since."""
    store.write(lambda unit: unit.tokens.touch("nobody", DAWN))

    assert find(store) is None


def test_revoking_by_name_says_what_was_revoked(store: SqlStore) -> None:
    """The one in force; None when there is none any more."""
    add(store, token(id="old", revoked_at=DAWN))
    add(store, token(id="new"), "t")

    found = [
        store.write(lambda unit: unit.tokens.revoke("ci", DAWN + HOUR))
        for _ in range(2)
    ]

    assert [token(id="new"), None] == found


def test_revoking_by_id_touches_no_other_of_the_name(store: SqlStore) -> None:
    """The old one keeps its instant, the new one works on."""
    old, new = token(id="old", revoked_at=DAWN), token(id="new")
    add(store, old)
    add(store, new, "t")
    for name in ("old", "nobody"):
        store.write(lambda unit, name=name: unit.tokens.revoke_id(name, DAWN + HOUR))  # type: ignore[misc]

    assert (old, new) == (find(store), find(store, "t"))
    store.write(lambda unit: unit.tokens.revoke_id("new", DAWN))
    assert token(id="new", revoked_at=DAWN) == find(store, "t")


def test_a_token_is_got_by_its_id(store: SqlStore) -> None:
    """Without its secret; an unknown id is not found."""
    add(store, token())

    with store.read() as unit:
        assert token() == unit.tokens.get("id-of-ci")
        with pytest.raises(NotFoundError, match="unknown token: nobody"):
            unit.tokens.get("nobody")


def test_a_revoked_token_keeps_its_first_time(store: SqlStore) -> None:
    """Revoking again is harmless; a name that never was is not found."""
    add(store, token())
    revoke(store, "ci", DAWN)
    revoke(store, "ci", DAWN + HOUR)

    assert token(revoked_at=DAWN) == find(store)
    with pytest.raises(NotFoundError, match="unknown token: cd"):
        revoke(store, "cd", DAWN)
