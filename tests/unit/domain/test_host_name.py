"""Names of hosts: exactly the one that was meant, never one that looks like it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.host_name import LOOPBACK, called_host, is_loopback, parse_host

HOSTS = st.one_of(
    st.from_regex(r"[a-z][a-z0-9]{0,9}(\.[a-z]{2,6}){0,2}", fullmatch=True),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
)
PORTS = st.none() | st.integers(0, 99_999)


@given(host=HOSTS, port=PORTS, shout=st.booleans())
def test_a_host_is_read_whatever_its_port_and_case(
    host: str, port: int | None, shout: bool
) -> None:
    """What was parsed once is what a header with it names."""
    sent = host if port is None else f"{host}:{port}"

    assert parse_host(host) == called_host(sent.upper() if shout else sent)


@given(host=HOSTS, more=st.text(min_size=1, max_size=8), before=st.booleans())
def test_what_is_longer_than_an_allowed_name_is_another(
    host: str, more: str, before: bool
) -> None:
    """A suffix, a prefix, a newline, a look-alike letter: never the same host."""
    sent = more + host if before else host + more
    called = called_host(sent)

    if called == parse_host(host):
        # Nothing but a port may follow.
        assert re.fullmatch(re.escape(host) + r":[0-9]{1,5}", sent)


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        ":3000",
        "localhost:",
        "localhost:x",
        "localhost:123456",
        "localhost\n",
        "localhost.",
        "localhost@evil.example",
        "evil.example#localhost",
        "user@localhost",
        "localhost/",
        "::1",
        "::1:3000",
        "[::1",
        "[::1]x",
        "[localhost]:80",
        "[127.0.0.1]",
        "127.0.0.1:3000:3000",
        "127.1",
        "0177.0.0.1",
        "\u217cocalhost",
        "lo\u0441alhost",
        "a" * 254,
    ],
)
def test_what_is_no_host_of_ours_is_not_let_in(header: str) -> None:
    """Nothing of this stands for one of the names of this machine."""
    assert called_host(header) not in LOOPBACK


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Air.Example.ORG", "air.example.org"),
        ("::1", "[::1]"),
        ("[0:0::1]", "[::1]"),
        ("192.0.2.7", "192.0.2.7"),
        ("my_proxy", "my_proxy"),
    ],
)
def test_a_name_is_kept_as_clients_send_it(text: str, host: str) -> None:
    """Lower case; IPv6 short and in brackets."""
    assert host == parse_host(text)


@pytest.mark.parametrize(
    "text", ["*", "*.example.org", "air.example.org:443", "https://air", "a b", ""]
)
def test_what_is_no_name_is_refused_by_what_it_must_be(text: str) -> None:
    """No wildcard, no port, no scheme."""
    with pytest.raises(ValueError, match="without port or scheme"):
        parse_host(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("LocalHost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("192.168.1.4", False),
        ("localhost.example.org", False),
        ("::ffff:192.0.2.1", False),
    ],
)
def test_this_machine_alone_is_loopback(host: str, expected: bool) -> None:
    """Whatever might be reached from elsewhere is not."""
    assert expected is is_loopback(host)
