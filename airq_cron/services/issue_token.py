"""Make API tokens; only the hash of a token is ever stored."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from airq_cron.domain.role import Role
from airq_cron.errors import InvalidError
from airq_cron.ports import AuditEntry, Store, Token, Unit

PREFIX = "airq_"
SECRET_BYTES = 32
LONGEST_NAME = 100
LONGEST_LIFE = timedelta(days=3650)
SYSTEM = "system"
OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token with its secret, which is shown this once."""

    token: Token
    secret: str

    def __repr__(self) -> str:
        """Name the token, never the secret."""
        return f"IssuedToken({self.token.name!r}, secret='***')"


def digest_of(secret: str) -> str:
    """
    Return what is stored of *secret*: its SHA-256 in hexadecimal.

    A slow hash would guard nothing here: the secret holds 256 random bits.
    """
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def create_token(
    store: Store,
    *,
    name: str,
    role: Role,
    at: datetime,
    expires_at: datetime | None = None,
    by: str = SYSTEM,
) -> IssuedToken:
    """
    Store a new token and return it with its secret.

    Args:
        by: who makes it, as the audit trail names them.

    Raises:
        InvalidError: `name` is empty or too long, or `expires_at` is past or more
            than ten years ahead.
        ConflictError: an active token has this name.
    """
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise InvalidError("name", f"must have 1 to {LONGEST_NAME} printable letters")
    if expires_at is not None and expires_at <= at:
        raise InvalidError("expires_at", "lies in the past")
    if expires_at is not None and expires_at - at > LONGEST_LIFE:
        days = LONGEST_LIFE // timedelta(days=1)
        raise InvalidError("expires_at", f"lies more than {days} days ahead")
    issued = _draw(name, role, at, expires_at)
    store.write(lambda unit: _add_once(unit, issued, by))
    return issued


def ensure_admin_token(store: Store, path: Path, at: datetime) -> bool:
    """
    See that the file at *path* holds a working admin token; idempotent.

    A file whose token still works is kept; otherwise the token made for this
    file before is revoked and a new one written. The file is readable by its
    owner only.

    Returns:
        Whether a new token was written.
    """
    if _still_works(store, path, at):
        path.chmod(OWNER_ONLY)
        return False
    issued = _draw(path.name, Role.ADMIN, at, None)

    def replace_old(unit: Unit) -> None:
        taken = [one for one in unit.tokens.all() if one.name == issued.token.name]
        if any(one.revoked_at is None for one in taken) and not _known(unit, issued):
            unit.tokens.revoke(issued.token.name, at)
        _add_once(unit, issued, SYSTEM)

    store.write(replace_old)
    _write_private(path, issued.secret + "\n")
    return True


def _draw(
    name: str, role: Role, at: datetime, expires_at: datetime | None
) -> IssuedToken:
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = Token(
        id=str(uuid4()),
        name=name,
        role=role.value,
        created_at=at,
        expires_at=expires_at,
        last_used_at=None,
        revoked_at=None,
    )
    return IssuedToken(token, secret)


def _known(unit: Unit, issued: IssuedToken) -> bool:
    return unit.tokens.find(digest_of(issued.secret)) is not None


def _add_once(unit: Unit, issued: IssuedToken, by: str) -> None:
    # After an ambiguous commit the transaction is run again.
    if _known(unit, issued):
        return
    token = issued.token
    unit.tokens.add(token, digest_of(issued.secret))
    ends = token.expires_at and token.expires_at.isoformat()
    after = {"id": token.id, "role": token.role, "expires_at": ends}
    entry = AuditEntry(by, "token.create", f"token:{token.name}", after=after)
    unit.audit.record(entry)


def _still_works(store: Store, path: Path, at: datetime) -> bool:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return False
    with store.read() as unit:
        token = unit.tokens.find(digest_of(secret))
    return (
        token is not None
        and token.role == Role.ADMIN
        and token.revoked_at is None
        and (token.expires_at is None or token.expires_at > at)
    )


def _write_private(path: Path, text: str) -> None:
    """Put *text* in place in one step; nobody else can read it at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(path)
