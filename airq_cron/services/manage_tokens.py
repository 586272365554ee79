"""List and revoke API tokens."""

from datetime import datetime

from airq_cron.ports import Store, Token


def list_tokens(store: Store) -> list[Token]:
    """Return all tokens by name, revoked and expired ones too."""
    with store.read() as unit:
        return unit.tokens.all()


def revoke_token(store: Store, name: str, at: datetime) -> None:
    """
    Refuse the token *name* from *at* on; idempotent.

    Raises:
        NotFoundError: no such token.
    """
    store.write(lambda unit: unit.tokens.revoke(name, at))
