"""Names of hosts: which ones are this machine, and which one a client called."""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")
PORT = re.compile(r":[0-9]{1,5}")
LONGEST = 253
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def parse_host(text: str) -> str:
    """
    Return a host name or address in the form that clients send it in.

    It is in lower case, an IPv6 address in its short form and in brackets.

    Raises:
        ValueError: says what it must be.
    """
    bare = text.removeprefix("[").removesuffix("]") if text[:1] == "[" else text
    try:
        address = ip_address(bare)
    except ValueError:
        name = text.lower()
        if len(name) > LONGEST or NAME.fullmatch(name) is None:
            raise ValueError(
                "must be of names or addresses of hosts, without port or scheme"
            ) from None
        return name
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)


# Every request names a host, and nearly always the same few.
@lru_cache(maxsize=256)
def called_host(header: str) -> str | None:
    """Return the host that a `Host` header names, without its port, or None."""
    name = header
    if (found := re.search(r":[0-9]*$", header)) and not header.endswith("]"):
        if PORT.fullmatch(found[0]) is None:
            return None
        name = header[: found.start()]
    if (":" in name) != (name[:1] == "["):
        return None
    try:
        return parse_host(name)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Say whether *host*, an address to listen on, is reached from here only."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False
