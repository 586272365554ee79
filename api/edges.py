"""Which requests are heard at all: for this host, and not sent by another site."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from airq_cron.config import Settings
from airq_cron.domain.host_name import LOOPBACK, called_host, parse_host

from .context import the_system

HOSTS = "airq-hosts"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# `none` is a person who typed the address or opened a bookmark.
OWN_SITE = frozenset({"same-origin", "none"})


class MisdirectedRequest(HTTPException):
    """The request names a host that is not served here (RFC 9110, 15.5.20)."""

    code = 421
    description = (
        "this host name is not served here; AIRQ_ALLOWED_HOSTS names those that are"
    )


def settle_edges(app: Flask, settings: Settings) -> None:
    """
    Settle for which hosts *app* answers, and how many proxies before it it believes.

    The proxies hand on `Host` itself, so there is one header less to forge.
    """
    app.extensions[HOSTS] = allowed_hosts(settings)
    count = settings.trusted_proxies
    if count:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=0
        )


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return the hosts that the API answers for, as `Host` headers name them."""
    named = [urlsplit(settings.public_url).hostname or ""]
    named += [] if _is_any(settings.host) else [settings.host]
    own = (parse_host(name) for name in named if name)
    return LOOPBACK.union(settings.allowed_hosts, own)


def check_host() -> None:
    """
    Refuse the present request unless it is for a host that is served here.

    A foreign name can be made to lead here (DNS rebinding); its pages would then
    count as ours. A request in absolute form, as to a proxy, names it twice.

    Raises:
        MisdirectedRequest: the name is on no list, or there is none.
    """
    named = [request.headers.get("Host", "")]
    target = request.environ.get("RAW_URI", "/")
    if not target.startswith(("/", "*")):
        named.append(target.partition("//")[2].partition("/")[0])
    if not all(called_host(one) in current_app.extensions[HOSTS] for one in named):
        raise MisdirectedRequest


def check_origin(*, is_needed: bool = False) -> None:
    """
    Refuse a change that a page of another site has its reader's browser send.

    Programs send neither header; browsers do, and no page can forge them. This
    holds however the caller proves who they are.

    Args:
        is_needed: one of the headers must be there: a browser is asking.

    Raises:
        Forbidden: the sender is another site, or hides which one it is.
    """
    if request.method in READING:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in OWN_SITE:
        raise Forbidden("changes are not accepted from other sites (Sec-Fetch-Site)")
    origin = request.headers.get("Origin")
    if origin is not None and origin not in _own_origins():
        raise Forbidden("changes are not accepted from other sites (Origin)")
    if is_needed and site is None and origin is None:
        raise Forbidden("a change by a session must say its Origin; programs: a token")


def _own_origins() -> set[str]:
    schemes = {request.scheme}
    if the_system().settings.behind_tls:
        schemes.add("https")
    return {f"{scheme}://{_host(scheme)}" for scheme in schemes}


def _host(scheme: str) -> str:
    """Return the host with its port as an origin has it: not the usual one."""
    sent = request.headers.get("Host", "").lower()
    return sent.removesuffix(":443" if scheme == "https" else ":80")


def _is_any(host: str) -> bool:
    try:
        return ip_address(host.removeprefix("[").removesuffix("]")).is_unspecified
    except ValueError:
        return not host
