"""Log browsers in and out: by a one-time link, or by a token that is pasted."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.errors import NotFoundError
from airq_cron.ports import AuditEntry, BrowserSession, Store, Token, Unit
from airq_cron.services.check_token import in_force
from airq_cron.services.issue_token import PREFIX, digest_of

LINK_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session with the secret for its cookie, which is nowhere else."""

    session: BrowserSession
    token: Token
    secret: str

    def __repr__(self) -> str:
        """Name the token, never the secret."""
        return f"OpenedSession({self.token.name!r}, secret='***')"


def make_link(store: Store, name: str, at: datetime, *, by: str) -> str:
    """
    Return the secret of a link that logs one browser in as the token *name*.

    It works once, for a quarter of an hour.

    Args:
        by: who asks, as the audit trail names them.

    Raises:
        NotFoundError: no token of this name is in force.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)

    def keep(unit: Unit) -> None:
        named = [token for token in unit.tokens.all() if token.name == name]
        token = next((one for one in named if in_force(one, at)), None)
        if token is None:
            raise NotFoundError("token", name)
        unit.logins.forget_expired(at)
        unit.logins.add_link(digest_of(secret), token.id, at + LINK_LIFE)
        unit.audit.record(AuditEntry(by, "login_link.create", f"token:{name}"))

    store.write(keep)
    return secret


def log_in_by_link(store: Store, secret: str, at: datetime) -> OpenedSession | None:
    """Use up the link with this secret; None: it is unknown, used or has expired."""
    cookie = secrets.token_urlsafe(SECRET_BYTES)

    def use(unit: Unit) -> OpenedSession | None:
        mine = digest_of(cookie)
        token_id = unit.logins.use_link(digest_of(secret), mine, at)
        if token_id is None:
            return None
        return _open(unit, unit.tokens.get(token_id), cookie, at, "link")

    return store.write(use)


def log_in_by_token(store: Store, secret: str, at: datetime) -> OpenedSession | None:
    """Open a session by a token; None: it is unknown, expired or revoked."""
    cookie = secrets.token_urlsafe(SECRET_BYTES)

    def use(unit: Unit) -> OpenedSession | None:
        token = unit.tokens.find(digest_of(secret))
        return None if token is None else _open(unit, token, cookie, at, "token")

    return store.write(use) if secret.startswith(PREFIX) else None


def log_out(store: Store, secret: str) -> None:
    """Close the session with this secret; one that is unknown is closed already."""

    def close(unit: Unit) -> None:
        session = unit.logins.find(digest_of(secret))
        if session is not None and unit.logins.close(session.digest):
            name = f"token:{unit.tokens.get(session.token_id).name}"
            unit.audit.record(AuditEntry(name, "session.close", name))

    store.write(close)


def _open(
    unit: Unit, token: Token, secret: str, at: datetime, how: str
) -> OpenedSession | None:
    if not in_force(token, at):
        return None
    unit.logins.forget_expired(at)
    digest, ends = digest_of(secret), at + SESSION_LIFE
    session = BrowserSession(digest, token.id, at, at, ends)
    if unit.logins.find(digest) is None:
        unit.logins.open(session)
        name = f"token:{token.name}"
        unit.audit.record(AuditEntry(name, "session.open", name, after={"by": how}))
    return OpenedSession(session, token, secret)
