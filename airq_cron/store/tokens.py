"""API tokens in SQL, by the digest of their secret."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from airq_cron.errors import ConflictError, NotFoundError
from airq_cron.ports import Token
from airq_cron.store.air_tables import tokens
from airq_cron.store.bulk import insert_new

# Every request asks this: made anew each time, it took longer than the answer.
FIND = select(tokens).where(tokens.c.digest == bindparam("sent"))


class SqlTokens:
    """The table `tokens`, which never holds a secret."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Token]:
        """Return all tokens by name, of one name the oldest first."""
        found = map(_token, self._connection.execute(select(tokens)))
        return sorted(found, key=lambda token: (token.name, token.created_at))

    def add(self, token: Token, digest: str) -> None:
        """
        Insert; the name of a revoked token is free again.

        Args:
            digest: SHA-256 of the secret, hexadecimal.

        Raises:
            ConflictError: an active token has this name, or the digest is known.
        """
        values = {
            "id": token.id,
            "name": token.name,
            "role": token.role,
            "digest": digest,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "last_used_at": token.last_used_at,
            "revoked_at": token.revoked_at,
        }
        if not insert_new(self._connection, tokens, values):
            raise ConflictError(f"there is an active token {token.name} already")

    def find(self, digest: str) -> Token | None:
        """Return the token with this digest, revoked and expired ones too."""
        row = self._connection.execute(FIND, {"sent": digest}).first()
        return None if row is None else _token(row)

    def touch(self, token_id: str, at: datetime) -> None:
        """Note the last use; an earlier one changes nothing."""
        unused = tokens.c.last_used_at.is_(None)
        change = update(tokens).where(
            tokens.c.id == token_id, or_(unused, tokens.c.last_used_at < at)
        )
        self._connection.execute(change.values(last_used_at=at))

    def get(self, token_id: str) -> Token:
        """Return one token, a revoked or expired one too; raises NotFoundError."""
        query = select(tokens).where(tokens.c.id == token_id)
        row = self._connection.execute(query).first()
        if row is None:
            raise NotFoundError("token", token_id)
        return _token(row)

    def revoke(self, name: str, at: datetime) -> Token | None:
        """
        Revoke the token in force of this name; return what it was.

        None: all of this name were revoked, and stay so. Raises NotFoundError.
        """
        query = select(tokens).where(tokens.c.name == name)
        found = list(map(_token, self._connection.execute(query)))
        if not found:
            raise NotFoundError("token", name)
        for token in found:
            if token.revoked_at is None:
                self.revoke_id(token.id, at)
                return token
        return None

    def revoke_id(self, token_id: str, at: datetime) -> None:
        """Revoke one token; one that is revoked keeps its first instant."""
        in_force = tokens.c.id == token_id, tokens.c.revoked_at.is_(None)
        self._connection.execute(update(tokens).where(*in_force).values(revoked_at=at))


def _token(row: Any) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        role=row.role,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
