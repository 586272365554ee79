"""The cookie that a browser which has logged in sends."""

from datetime import datetime

from flask import Response, request

from .context import present, the_system

NAME = "airq_session"


def is_secure() -> bool:
    """Say whether cookies are for TLS only."""
    return request.is_secure or the_system().settings.behind_tls


def cookie_name() -> str:
    """Return the cookie's name: with TLS one that no other host can set."""
    return f"__Host-{NAME}" if is_secure() else NAME


def sent_cookie() -> str | None:
    """Return the secret that the present request's browser sends, or None."""
    return request.cookies.get(cookie_name()) or None


def set_cookie(answer: Response, secret: str, expires_at: datetime) -> None:
    """Let the browser send *secret* with requests from our own pages only."""
    answer.set_cookie(
        cookie_name(),
        secret,
        max_age=expires_at - present(),
        path="/",
        secure=is_secure(),
        httponly=True,
        samesite="Strict",
    )


def drop_cookie(answer: Response) -> None:
    """Let the browser forget it."""
    answer.delete_cookie(
        cookie_name(), path="/", secure=is_secure(), httponly=True, samesite="Strict"
    )
