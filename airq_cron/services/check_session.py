"""Say by which token a browser that has logged in acts."""

from datetime import datetime, timedelta

from airq_cron.errors import AirqError
from airq_cron.ports import BrowserSession, Store, Token
from airq_cron.services.check_token import TOUCH_EVERY, in_force
from airq_cron.services.issue_token import digest_of

IDLE_LIFE = timedelta(hours=2)


def check_session(store: Store, secret: str, at: datetime) -> Token | None:
    """
    Return the token of the session with this secret if it is open at *at*, else None.

    It ends when it was idle for two hours, twelve hours after it was opened, and
    with its token. The lookup is by SHA-256 of the secret, so its timing tells
    nothing about a guess. The last request is noted at most once a minute;
    failing to note it refuses nobody.
    """
    digest = digest_of(secret)
    with store.read() as unit:
        session = unit.logins.find(digest)
        if session is None or not _is_open(session, at):
            return None
        token = unit.tokens.get(session.token_id)
    if not in_force(token, at):
        return None
    if at - session.seen_at >= TOUCH_EVERY:
        _touch(store, session, at)
    return token


def _is_open(session: BrowserSession, at: datetime) -> bool:
    return at < session.expires_at and at - session.seen_at < IDLE_LIFE


def _touch(store: Store, session: BrowserSession, at: datetime) -> None:
    try:
        store.write(lambda unit: unit.logins.touch(session.digest, at))
    except AirqError:
        return
