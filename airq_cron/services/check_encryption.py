"""Judge whether what goes to Redis and the database crosses a network readable."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from airq_cron.domain.host_name import is_loopback
from airq_cron.services.diagnose import Finding, Severity

PAGE = "docs/how-to/encrypt-connections.md"
NO = frozenset({"0", "f", "false", "n", "no"})


@dataclass(frozen=True, slots=True)
class Link:
    """
    A connection to a service.

    Attributes:
        host: of the service; empty for a file or socket of this machine.
        encrypted: whether it goes by TLS.
        checked: whether the certificate has to be the service's.
    """

    host: str
    encrypted: bool
    checked: bool


def redis_link(address: str) -> Link:
    """Return what *address*, in a scheme that clients know, makes of a connection."""
    parts = urlsplit(address)
    options = {name: value.lower() for name, value in parse_qsl(parts.query)}
    wanted = options.get("ssl_cert_reqs", "required").removeprefix("cert_")
    checked = wanted == "required" and options.get("ssl_check_hostname") not in NO
    return Link(parts.hostname or "", parts.scheme == "rediss", checked)


def database_link(address: str, *, encrypted: bool) -> Link:
    """
    Return what a connection to the database at *address* is like.

    Args:
        encrypted: as the connection itself says: without an `sslmode` the server
            decides.
    """
    parts = urlsplit(address)
    if parts.scheme.startswith("sqlite"):
        return Link("", encrypted=False, checked=False)
    options = dict(parse_qsl(parts.query))
    host = options.get("host", parts.hostname or "")
    named = "" if host.startswith("/") else host
    return Link(named, encrypted, checked=options.get("sslmode") == "verify-full")


def check_redis_link(link: Link) -> Finding:
    """Judge the connection to Redis."""
    return _judge(link, "Redis", "redis_tls", "make AIRQ_REDIS_URL a rediss:// address")


def check_database_link(link: Link) -> Finding:
    """Judge the connection to the database."""
    fix = "add sslmode=verify-full to AIRQ_DATABASE_URL"
    return _judge(link, "the database", "database_tls", fix)


def _judge(link: Link, service: str, code: str, fix: str) -> Finding:
    if not link.host:
        text = f"{service} is a file or socket of this machine"
        return Finding(code, Severity.OK, text)
    where = f"the connection to {service} at {link.host}"
    if link.encrypted and link.checked:
        text = f"{where} is encrypted, its certificate checked"
        return Finding(code, Severity.OK, text)
    text = f"{where} is not encrypted"
    if link.encrypted:
        text = f"{where} is encrypted, but nobody checks who is there"
    if is_loopback(link.host):
        return Finding(code, Severity.OK, f"{text}, and stays on this machine")
    return Finding(code, Severity.WARN, text, f"{fix}; see {PAGE}")
