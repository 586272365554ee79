"""List and revoke API tokens."""

from datetime import datetime

from airq_cron.domain.page import Page, cut_page
from airq_cron.errors import ConflictError
from airq_cron.ports import AuditEntry, Store, Token, Unit


def list_tokens(store: Store) -> list[Token]:
    """Return all tokens by name, revoked and expired ones too."""
    with store.read() as unit:
        return unit.tokens.all()


def find_tokens(
    store: Store, *, limit: int, after: tuple[str, ...] | None = None
) -> Page[Token]:
    """
    Return a page of tokens by name, of one name the oldest first.

    Args:
        after: name, instant of making and id of the last one already seen.
    """
    found = sorted(list_tokens(store), key=_place)
    rest = [token for token in found if after is None or _place(token) > after]
    return cut_page(rest, limit, _place)


def read_token(store: Store, token_id: str) -> Token:
    """Return one token; raises NotFoundError."""
    with store.read() as unit:
        return unit.tokens.get(token_id)


def revoke_token(store: Store, name: str, at: datetime, *, by: str = "system") -> None:
    """
    Refuse the token *name* from *at* on; idempotent.

    Args:
        by: who asks, as the audit trail names them.

    Raises:
        NotFoundError: no such token.
    """

    def revoke(unit: Unit) -> None:
        token = unit.tokens.revoke(name, at)
        if token is not None:
            _record(unit, token, at, by)

    store.write(revoke)


def revoke_other_token(
    store: Store, token_id: str, at: datetime, *, using: Token, by: str
) -> None:
    """
    Refuse the token with this id from *at* on; idempotent.

    Args:
        using: the token with which the caller asks.

    Raises:
        NotFoundError: no such token.
        ConflictError: it is the one in use: who revokes it could not undo that.
    """

    def revoke(unit: Unit) -> None:
        token = unit.tokens.get(token_id)
        if token.id == using.id:
            raise ConflictError(
                "a token cannot revoke itself; use another one, or: airq token revoke"
            )
        if token.revoked_at is None:
            unit.tokens.revoke_id(token.id, at)
            _record(unit, token, at, by)

    store.write(revoke)


def _place(token: Token) -> tuple[str, ...]:
    return token.name, token.created_at.isoformat(), token.id


def _record(unit: Unit, token: Token, at: datetime, by: str) -> None:
    unit.audit.record(
        AuditEntry(
            by,
            "token.revoke",
            f"token:{token.name}",
            before={"id": token.id, "role": token.role, "revoked_at": None},
            after={"revoked_at": at.isoformat()},
        )
    )
