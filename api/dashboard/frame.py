"""The frame of every page: who looks at it, what it may load, and how it is drawn."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request, url_for

from airq_cron import __version__
from airq_cron.domain.page import encode_cursor
from airq_cron.domain.role import Role

from ..area import Area
from ..auth import token_in_use
from ..context import present, the_system
from ..login_page import REFERRER
from . import looks, words
from .forms import origin
from .theme import theme_in_use

area = Area("pages", "Pages for people")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SANDBOX = "sandbox"
# Endpoint, its words, and who sees it.
NAVIGATION = (
    ("pages.overview", words.NAV.overview, Role.VIEWER),
    ("pages.jobs", words.NAV.jobs, Role.VIEWER),
    ("pages.runs", words.NAV.runs, Role.VIEWER),
    ("pages.letters", words.NAV.letters, Role.VIEWER),
    ("pages.queues", words.NAV.queues, Role.VIEWER),
    ("pages.breakers", words.NAV.breakers, Role.VIEWER),
    ("pages.alerts", words.NAV.alerts, Role.VIEWER),
    ("pages.locations", words.NAV.locations, Role.VIEWER),
    ("pages.audit", words.NAV.audit, Role.ADMIN),
    ("pages.tokens", words.NAV.tokens, Role.ADMIN),
)


def show(
    template: str, *, at: str | None, title: str, status: int = 200, **values: Any
) -> Response:
    """
    Return a page.

    Args:
        at: endpoint of the entry of the navigation that it belongs to; None: to none.
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
        here=_here(at),
        still=request.method != "GET",
        now=now,
        done=words.DONE.get(request.args.get("done", "")),
        version=__version__,
        w=words,
        look=looks.Looks(now),
        **({"form": None} | values),
    )
    page = make_response(text, status)
    page.headers["Content-Security-Policy"] = POLICY
    page.headers["Referrer-Policy"] = REFERRER
    page.vary.update(("Accept", "Authorization", "Cookie"))
    return page


def next_page(after: tuple[str, ...] | None) -> str | None:
    """Return the address of the next page of the list that is shown."""
    if after is None:
        return None
    given = {name: text for name, text in request.args.items() if name != "done"}
    return f"?{urlencode(given | {'cursor': encode_cursor(after)})}"


def _here(at: str | None) -> str:
    """Return the page to come back to: of a refused form the one it stood on."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return origin(url_for(at or "pages.overview"))


def _navigation(role: Role) -> list[tuple[str, str]]:
    return [(at, word) for at, word, needed in NAVIGATION if role.covers(needed)]


def _rights(role: Role) -> Callable[[str], bool]:
    return lambda needed: role.covers(Role(needed))
