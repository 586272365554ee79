"""Where to listen, and whether somebody answers."""

import errno
import socket
from contextlib import closing

import requests

from airq_cron.config import Settings
from airq_cron.errors import ConfigError

# The default port and the ones after it that are tried.
PORT_TRIES = 50
PROBE_TIMEOUT_S = 1.5
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


def choose_port(host: str, port: int, *, asked: bool) -> int:
    """
    Return a port of *host* that is free now: *port*, or one after it.

    Args:
        asked: a person named the port, so no other will do.

    Raises:
        ConfigError: the port is taken or not allowed, or the host is not ours.
    """
    for candidate in range(port, min(port + PORT_TRIES, 65536)):
        reason = _why_not(host, candidate)
        if reason is None:
            return candidate
        if asked:
            raise ConfigError(
                "AIRQ_PORT", f"port {port} of {host} is {reason}; name another one"
            )
    raise ConfigError("AIRQ_PORT", f"no free port of {host} from {port} on")


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def base_address(host: str, port: int) -> str:
    """Return the address under which a client on this machine finds the API."""
    name = ANY_ADDRESS.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def login_address(settings: Settings, base: str, secret: str) -> str:
    """
    Return the one-time link with this secret.

    Args:
        base: address of the API on this machine. Behind TLS the public one stands
            in its place: cookies for TLS are not sent to this one by all browsers.
    """
    if settings.behind_tls and settings.public_url:
        base = settings.public_url
    elif settings.behind_tls and settings.allowed_hosts:
        base = f"https://{settings.allowed_hosts[0]}"
    return f"{base}/login?key={secret}"


def answers(url: str) -> bool:
    """Say whether a web server is reached at *url*, whatever it says."""
    try:
        requests.head(url, timeout=PROBE_TIMEOUT_S, allow_redirects=False)
    except requests.RequestException:
        return False
    return True


def _why_not(host: str, port: int) -> str | None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError("AIRQ_HOST", f"{host} is not an address: {error}") from error
    family, kind, protocol, _, address = found[0]
    with closing(socket.socket(family, kind, protocol)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "taken"
            if error.errno == errno.EACCES:
                return "not allowed to this user"
            raise ConfigError(
                "AIRQ_HOST", f"cannot listen on {host}: {error.strerror}"
            ) from error
    return None
