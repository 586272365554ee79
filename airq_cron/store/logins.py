"""One-time links and sessions of browsers in SQL, by the digest of their secret."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from airq_cron.ports import BrowserSession
from airq_cron.store.bulk import insert_new
from airq_cron.store.login_tables import login_links, sessions


class SqlLogins:
    """The tables `login_links` and `sessions`; see `ports.Logins`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_link(self, digest: str, token_id: str, expires_at: datetime) -> None:
        """Keep a link that logs in by a token; one that is known stays as it is."""
        values = {"digest": digest, "token_id": token_id, "expires_at": expires_at}
        insert_new(self._connection, login_links, values)

    def use_link(self, digest: str, session: str, at: datetime) -> str | None:
        """
        Use a link up for the session with the digest *session*; return its token.

        One UPDATE decides, so of two browsers one gets it. The same session may
        ask again: after an ambiguous commit the transaction is repeated.
        """
        link = login_links.c
        unused = or_(link.used_for.is_(None), link.used_for == session)
        mine = link.digest == digest, link.expires_at > at, unused
        change = update(login_links).where(*mine).values(used_for=session)
        if not self._connection.execute(change).rowcount:
            return None
        found: str = self._connection.execute(
            select(link.token_id).where(link.digest == digest)
        ).scalar_one()
        return found

    def open(self, session: BrowserSession) -> None:
        """Keep a session; one that is known stays as it is."""
        insert_new(self._connection, sessions, asdict(session))

    def find(self, digest: str) -> BrowserSession | None:
        """Return the session with this digest, an expired one too."""
        query = select(sessions).where(sessions.c.digest == digest)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else BrowserSession(**row)

    def touch(self, digest: str, at: datetime) -> None:
        """Note the last request; an earlier one changes nothing."""
        older = sessions.c.digest == digest, sessions.c.seen_at < at
        self._connection.execute(update(sessions).where(*older).values(seen_at=at))

    def close(self, digest: str) -> bool:
        """Forget a session; say whether there was one."""
        gone = delete(sessions).where(sessions.c.digest == digest)
        return self._connection.execute(gone).rowcount > 0

    def forget_expired(self, at: datetime) -> None:
        """Forget the links and sessions that have expired at *at*."""
        for table in (login_links, sessions):
            self._connection.execute(delete(table).where(table.c.expires_at <= at))
