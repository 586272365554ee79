"""How browsers log in: one-time links and sessions, as the services see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """
    A browser that has logged in and acts by a token.

    Attributes:
        digest: SHA-256 of the secret in its cookie, hexadecimal.
        seen_at: its last request, to the minute.
        expires_at: when it ends, however busy it is.
    """

    digest: str
    token_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Logins(Protocol):
    """One-time links and sessions by the hash of their secret."""

    def add_link(self, digest: str, token_id: str, expires_at: datetime) -> None:
        """Keep a link that logs in by a token; one that is known stays as it is."""

    def use_link(self, digest: str, session: str, at: datetime) -> str | None:
        """
        Use a link up for the session with the digest *session*; return its token.

        None: there is no such link, it has expired, or another session has it.
        """

    def open(self, session: BrowserSession) -> None:
        """Keep a session; one that is known stays as it is."""

    def find(self, digest: str) -> BrowserSession | None:
        """Return the session with this digest, an expired one too."""

    def touch(self, digest: str, at: datetime) -> None:
        """Note the last request; an earlier one changes nothing."""

    def close(self, digest: str) -> bool:
        """Forget a session; say whether there was one."""

    def forget_expired(self, at: datetime) -> None:
        """Forget the links and sessions that have expired at *at*."""
