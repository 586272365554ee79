"""The frame of every page: who looks at it, what it may load, and how it is drawn."""

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, render_template, request

from airq_cron import __version__
from airq_cron.domain.role import Role

from ..area import Area
from ..auth import token_in_use
from ..context import present, the_system
from ..login_page import REFERRER
from . import looks, words
from .theme import theme_in_use

area = Area("pages", "Pages for people")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SANDBOX = "sandbox"
# Endpoint, its words, and who sees it.
NAVIGATION = (("pages.overview", words.NAV.overview, Role.VIEWER),)


def show(
    template: str, *, at: str, title: str, status: int = 200, **values: Any
) -> Response:
    """
    Return a page.

    Args:
        at: endpoint of the entry of the navigation that it belongs to.
        title: what stands in the browser's tab.
    """
    token, now = token_in_use(), present()
    text = render_template(
        f"dashboard/{template}",
        at=at,
        title=title,
        navigation=_navigation(Role(token.role)),
        me=token,
        can=_rights(Role(token.role)),
        sandbox=SANDBOX in the_system().upstreams,
        theme=theme_in_use(),
        here=request.full_path.rstrip("?"),
        now=now,
        done=words.DONE.get(request.args.get("done", "")),
        version=__version__,
        w=words,
        look=looks.Looks(now),
        **values,
    )
    page = make_response(text, status)
    page.headers["Content-Security-Policy"] = POLICY
    page.headers["Referrer-Policy"] = REFERRER
    page.vary.update(("Accept", "Authorization", "Cookie"))
    return page


def _navigation(role: Role) -> list[tuple[str, str]]:
    return [(at, word) for at, word, needed in NAVIGATION if role.covers(needed)]


def _rights(role: Role) -> Callable[[str], bool]:
    return lambda needed: role.covers(Role(needed))
