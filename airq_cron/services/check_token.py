"""Say who holds a token."""

from datetime import datetime, timedelta

from airq_cron.errors import AirqError
from airq_cron.ports import Store, Token
from airq_cron.services.issue_token import PREFIX, digest_of

TOUCH_EVERY = timedelta(minutes=1)


def in_force(token: Token, at: datetime) -> bool:
    """Say whether *token* may be used at *at*: not revoked, and not expired."""
    expired = token.expires_at is not None and token.expires_at <= at
    return token.revoked_at is None and not expired


def check_token(store: Store, secret: str, at: datetime) -> Token | None:
    """
    Return the token with this secret if it may be used at *at*, else None.

    The lookup is by SHA-256 of the secret, so its timing depends on the hash
    alone and tells nothing about how much of a guess was right. The last use is
    noted at most once a minute; failing to note it refuses nobody.
    """
    if not secret.startswith(PREFIX):
        return None
    with store.read() as unit:
        token = unit.tokens.find(digest_of(secret))
    if token is None or not in_force(token, at):
        return None
    if token.last_used_at is None or at - token.last_used_at >= TOUCH_EVERY:
        _touch(store, token, at)
    return token


def _touch(store: Store, token: Token, at: datetime) -> None:
    try:
        store.write(lambda unit: unit.tokens.touch(token.id, at), patience_s=0)
    except AirqError:
        return
