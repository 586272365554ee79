"""Whose failed attempts are counted together."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.attempts import sender_of

LOW = st.integers(0, 2**64 - 1)


@given(high=st.integers(1, 2**64 - 1), one=LOW, other=LOW)
def test_a_network_of_ipv6_is_one_sender(high: int, one: int, other: int) -> None:
    """Its owner has all of its addresses."""
    addresses = [IPv6Address((high << 64) + low) for low in (one, other)]

    assert 1 == len({sender_of(str(address)) for address in addresses})


@given(one=st.ip_addresses(v=4), other=st.ip_addresses(v=4))
def test_an_address_of_ipv4_is_one_sender(one: IPv4Address, other: IPv4Address) -> None:
    """Also when IPv6 carries it."""
    assert (one == other) == (sender_of(str(one)) == sender_of(str(other)))
    assert sender_of(str(one)) == sender_of(f"::ffff:{one}")


@pytest.mark.parametrize("address", [None, "", "unix:", "somebody"])
def test_who_has_no_address_is_unknown(address: str | None) -> None:
    """As over a socket of this machine; they are counted together."""
    assert "unknown" == sender_of(address)
