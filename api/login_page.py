"""What the pages for logging in and out look like."""

from flask import Response, make_response, render_template

from airq_cron.ports import Token

POLICY = (
    "default-src 'none'; style-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Under `no-referrer` a browser would send `Origin: null` with the form. This one
# tells our own origin and never the address, in which a link's key may stand.
REFERRER = "strict-origin"


def local_path(wanted: str) -> str:
    """
    Return *wanted* if it is a path of ours, else `/`.

    Browsers take `//host` and `/\\host` for other hosts, and drop tabs and breaks.
    """
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_path and wanted.isascii() and wanted.isprintable() else "/"


def form_page(
    *, key: str = "", to: str = "", wrong: str = "", status: int = 200
) -> Response:
    """
    Return the page that asks who somebody is.

    Args:
        key: of a one-time link; then the page has a button instead of a field.
        to: where the person wanted to go.
        wrong: why the last try did not work.
    """
    to = local_path(to)
    text = render_template("login.html", key=key, to=to, wrong=wrong)
    return _page(text, status)


def logout_page(token: Token) -> Response:
    """Return the page with the button that logs out."""
    return _page(render_template("logout.html", token=token), 200)


def refused_page(title: str, detail: str, hint: str, status: int) -> Response:
    """Return the page that says why nothing is shown, to whom nothing else is."""
    text = render_template("refused.html", title=title, detail=detail, hint=hint)
    return _page(text, status)


def _page(text: str, status: int) -> Response:
    page = make_response(text, status)
    page.headers["Content-Security-Policy"] = POLICY
    page.headers["Referrer-Policy"] = REFERRER
    return page
