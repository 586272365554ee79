"""Which network addresses may be called, and connections to checked ones only."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from airq_cron.errors import DeliveryError, DeliveryRefusedError

Address = IPv4Address | IPv6Address
# Asked once for every call: a second answer could be another one (DNS rebinding).
Resolve = Callable[[str, int], Sequence[str]]
SETTING = "AIRQ_ALERT_ALLOW_PRIVATE"
# RFC 6052: a gateway turns these into the IPv4 address of their last 32 bits.
NAT64 = IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int) -> list[str]:
    """
    Return the addresses of *host*, as this machine looks names up.

    Raises:
        DeliveryError: it has none, or nobody answered.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no such name"
        raise DeliveryError(f"{host}: the name is not found: {reason}") from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(text: str) -> bool:
    """
    Say whether *text* is an address of the public Internet.

    Loopback, private, link-local, shared, reserved and multicast ones are not, nor
    are IPv6 forms that lead to an IPv4 address which is not, or that only a socket
    of this machine understands (IPv4-mapped).
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None or address.is_site_local:
            return False
        if address in NAT64:
            return _is_global(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour is not None and not _is_global(address.sixtofour):
            return False
    return _is_global(address)


def _is_global(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved)


class CheckedLine:
    """
    Opens connections to addresses that were checked, and to no others.

    Args:
        allow_private: whether any address will do.
    """

    def __init__(self, *, allow_private: bool, resolve: Resolve = resolve) -> None:
        self._allow_private = allow_private
        self._resolve = resolve

    def connect(self, host: str, port: int, timeout_s: float | None) -> socket.socket:
        """
        Look *host* up once and connect to what was found, in that order.

        Raises:
            DeliveryRefusedError: one of its addresses is not public.
            DeliveryError: it has no address.
            OSError: none of them lets us in.
        """
        found = self._resolve(host.strip("[]"), port)
        if not self._allow_private:
            for address in found:
                if not is_public(address):
                    raise DeliveryRefusedError(
                        f"{host} has the address {address}, which is not of the public "
                        f"Internet: correct the address, or set {SETTING}=true"
                    )
        error: OSError = ConnectionError("no address")
        for address in found:
            try:
                return socket.create_connection((address, port), timeout_s)
            except OSError as failed:
                error = failed
        raise error
