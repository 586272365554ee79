"""Who is asking, and may they: nothing is open that is not on the list."""

from functools import partial

from flask import Flask, current_app, g, request
from werkzeug.exceptions import Forbidden, RequestEntityTooLarge, Unauthorized

from airq_cron.domain.role import Role
from airq_cron.ports import Token
from airq_cron.services.check_session import check_session
from airq_cron.services.check_token import check_token, in_force
from airq_cron.services.issue_token import digest_of

from .attempts import TOKEN, failed_attempt
from .call_origin import note_refusal
from .call_watch import call_watch
from .context import present, the_system
from .cookie import sent_cookie
from .edges import READING, check_host, check_origin
from .errors import ENDED_SESSION, INVALID_TOKEN, NO_TOKEN
from .kept import keep_token

PUBLIC = frozenset(
    {"health.alive", "health.ready", "login.form", "login.enter", "login.style"}
)
ROLES = "airq-roles"


def register_guard(app: Flask) -> None:
    """Let no request of *app* pass without a token whose role suffices."""
    app.extensions[ROLES] = {"static": Role.VIEWER}
    app.before_request(guard)


def set_role(app: Flask, endpoint: str, role: Role) -> None:
    """Say which role *endpoint* needs; without one nobody may use it."""
    app.extensions[ROLES][endpoint] = role


def needed_role(app: Flask, endpoint: str) -> Role | None:
    """Return the role that *endpoint* needs, or None when none was given."""
    role: Role | None = app.extensions[ROLES].get(endpoint)
    return role


def caller() -> str:
    """Return who is asking, as the audit trail names them."""
    return f"token:{g.token.name}"


def token_in_use() -> Token:
    """Return the token by which the present request is allowed."""
    token: Token = g.token
    return token


def guard() -> None:
    """
    Refuse the present request unless its token allows it.

    An address that does not exist needs a token as well, so that nobody can
    learn from answers what there is.

    Raises:
        MisdirectedRequest, Unauthorized, Forbidden, RequestEntityTooLarge: see
            the status.
    """
    check_host()
    check_origin()
    if request.endpoint not in PUBLIC:
        token = _holder()
        call_watch().note_address(token)
        _check_role(token)
        g.token = token
    limit = current_app.config["MAX_CONTENT_LENGTH"]
    if (request.content_length or 0) > limit:
        raise RequestEntityTooLarge


def _holder() -> Token:
    sent, cookie = request.authorization, sent_cookie()
    if sent is None and cookie is not None:
        return _logged_in(cookie)
    if sent is None or sent.type != "bearer" or not sent.token:
        raise Unauthorized(NO_TOKEN)
    token = _token_of(sent.token)
    if token is None:
        raise failed_attempt(TOKEN, INVALID_TOKEN)
    return token


def _token_of(secret: str) -> Token | None:
    """
    Return the token in force with this secret.

    The database is asked by who changes something, and by who reads at most once a
    second: it is half of what a short answer costs. What this server revokes ends
    at once for both.
    """
    at = present()
    find = partial(check_token, the_system().store, secret, at)
    if request.method not in READING:
        return find()
    token = keep_token(digest_of(secret), find)
    return token if token is not None and in_force(token, at) else None


def _logged_in(cookie: str) -> Token:
    """Return by whose token a browser acts; its changes must say where they began."""
    check_origin(is_needed=True)
    token = check_session(the_system().store, cookie, present())
    if token is None:
        raise Unauthorized(ENDED_SESSION)
    return token


def _check_role(token: Token) -> None:
    if request.endpoint is None or request.method == "OPTIONS":
        return
    needed = needed_role(current_app, request.endpoint)
    if needed is None or not Role(token.role).covers(needed):
        what = needed.value if needed else "unknown"
        reason = f"this needs the role {what}; the token has {token.role}"
        note_refusal(token, reason)
        raise Forbidden(reason)
