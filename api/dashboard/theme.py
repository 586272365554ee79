"""Light or dark: as the reader's system says, or as they chose for this browser."""

from flask import Response, redirect, request
from werkzeug.exceptions import UnprocessableEntity

from ..cookie import is_secure

COOKIE = "airq_theme"
THEMES = ("auto", "light", "dark")
YEAR_S = 365 * 24 * 3600


def theme_in_use() -> str:
    """Return `light` or `dark` as chosen for this browser, else `auto`."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in THEMES else "auto"


def keep_theme(wanted: str, to: str) -> Response:
    """
    Return the answer that keeps the choice in the browser and goes to *to*.

    Raises:
        UnprocessableEntity: *wanted* is none of the themes.
    """
    if wanted not in THEMES:
        raise UnprocessableEntity(f"theme: is none of {', '.join(THEMES)}")
    answer = redirect(to, 303)
    assert isinstance(answer, Response)
    answer.set_cookie(
        COOKIE,
        wanted,
        max_age=YEAR_S,
        secure=is_secure(),
        httponly=True,
        samesite="Strict",
    )
    return answer
