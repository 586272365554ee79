"""Which addresses may be called, and that no other one ever is."""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.channels.addresses import CheckedLine, is_public, resolve
from airq_cron.errors import DeliveryError, DeliveryRefusedError


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%lo",
        "fc00::1",
        "fd12:3456::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2002:c0a8:101::",
    ],
)
def test_what_is_not_of_the_public_internet_is_refused(address: str) -> None:
    """Loopback, private, link-local, shared, reserved, multicast, in every form."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"]
)
def test_public_addresses_are_called(address: str) -> None:
    """Also through a gateway from IPv6."""
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_form_of_an_address_is_more_public_than_itself(
    address: IPv4Address,
) -> None:
    """Mapped, translated by a gateway, and tunnelled."""
    number = int(address)
    forms = [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
    ]

    for form in forms:
        assert not is_public(str(form)) or is_public(str(address))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Give a socket that listens on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"],
)
def test_every_spelling_of_loopback_is_refused(
    host: str, listener: socket.socket
) -> None:
    """What counts is the address that the system would connect to."""
    line = CheckedLine(allow_private=False)
    with pytest.raises(DeliveryRefusedError, match="AIRQ_ALERT_ALLOW_PRIVATE"):
        line.connect(host, port_of(listener), 1.0)

    listener.settimeout(0.05)
    with pytest.raises(TimeoutError):
        listener.accept()


def test_one_private_address_among_public_ones_is_enough(
    listener: socket.socket,
) -> None:
    """Nobody may choose by luck which of them is called."""
    line = CheckedLine(
        allow_private=False, resolve=lambda _host, _port: ["8.8.8.8", "10.0.0.1"]
    )

    with pytest.raises(DeliveryRefusedError, match=r"10\.0\.0\.1"):
        line.connect("hook.example", port_of(listener), 1.0)


def test_a_name_that_changes_its_address_is_asked_for_once(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to the address that was checked (no DNS rebinding)."""
    answers = [["8.8.8.8"], ["127.0.0.1"]]
    asked: list[str] = []
    called: list[tuple[str, int]] = []

    def look_up(host: str, _port: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    def note(address: tuple[str, int], _timeout: float) -> socket.socket:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", note)
    line = CheckedLine(allow_private=False, resolve=look_up)
    with pytest.raises(ConnectionRefusedError):
        line.connect("hook.example", 443, 1.0)

    assert ["hook.example"] == asked
    assert [("8.8.8.8", 443)] == called


def test_an_address_that_lets_nobody_in_is_followed_by_the_next(
    listener: socket.socket,
) -> None:
    """A name may have an IPv6 address that this host cannot reach."""
    line = CheckedLine(
        allow_private=True, resolve=lambda _host, _port: ["::1", "127.0.0.1"]
    )

    with line.connect("hook.example", port_of(listener), 1.0) as found:
        assert ("127.0.0.1", port_of(listener)) == found.getpeername()


def test_an_unknown_name_may_be_known_later() -> None:
    """DNS fails for a while, too."""
    with pytest.raises(DeliveryError, match="not found") as caught:
        resolve("no-such-name.invalid", 443)

    assert caught.value.retryable
