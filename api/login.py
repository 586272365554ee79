"""The pages on which people log in and out."""

from flask import Response, make_response, redirect, request, send_from_directory
from werkzeug.exceptions import UnsupportedMediaType

from airq_cron.domain.role import Role
from airq_cron.services.log_in import (
    OpenedSession,
    log_in_by_link,
    log_in_by_token,
    log_out,
)

from .area import Area
from .attempts import LOGIN, check_attempts, failed_attempt
from .auth import token_in_use
from .context import present, the_system
from .cookie import drop_cookie, sent_cookie, set_cookie
from .errors import INVALID_TOKEN
from .login_page import form_page, local_path, logout_page

area = Area("login", "Logging in and out with a browser")
FORM = "application/x-www-form-urlencoded"
INVALID_LINK = "the link was used or has expired; a new one comes from: airq login"


@area.page("/login", role=None)
def form() -> Response:
    """Ask for a token; with a link, show its button: looking uses up nothing."""
    return form_page(key=request.args.get("key", ""), to=request.args.get("next", ""))


@area.page("/login", role=None, methods=("POST",))
def enter() -> Response:
    """Open a session by what the form sent, and go where the person wanted to."""
    opened = _opened()
    _close()
    answer = make_response(redirect(local_path(request.form.get("next", "")), 303))
    set_cookie(answer, opened.secret, opened.session.expires_at)
    return answer


@area.page("/logout", role=Role.VIEWER)
def ask() -> Response:
    """Show the button that logs out."""
    return logout_page(token_in_use())


@area.page("/logout", role=Role.VIEWER, methods=("POST",))
def leave() -> Response:
    """Close the session of this browser."""
    _close()
    answer = make_response(redirect("/login", 303))
    drop_cookie(answer)
    return answer


@area.page("/login/assets/<any('login.css'):name>", role=None)
def style(name: str) -> Response:
    """Give the style of these pages to those who have no token yet."""
    return send_from_directory("static", name, max_age=3600)


def _opened() -> OpenedSession:
    if request.mimetype != FORM:
        raise UnsupportedMediaType(f"send Content-Type: {FORM}")
    check_attempts(LOGIN)
    store, key = the_system().store, request.form.get("key", "")
    if key:
        opened = log_in_by_link(store, key, present())
    else:
        token = request.form.get("token", "").strip()
        opened = log_in_by_token(store, token, present())
    if opened is None:
        raise failed_attempt(LOGIN, INVALID_LINK if key else INVALID_TOKEN)
    return opened


def _close() -> None:
    secret = sent_cookie()
    if secret is not None:
        log_out(the_system().store, secret)
