"""How many failed attempts to log in are let pass, and from whom they came."""

from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

# A secret holds 256 random bits: the bound is there for the log and the database,
# and for those who mistype, not against guessing.
MOST_FAILURES = 10
WINDOW = timedelta(minutes=5)
SITE_BITS = 64


def sender_of(address: str | None) -> str:
    """
    Return under which name the attempts from *address* are counted.

    Whoever has one address of IPv6 has the 2^64 of its network.
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), SITE_BITS), strict=False).network_address)
