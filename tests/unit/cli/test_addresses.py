"""Where `airq up` listens, and whom it reaches."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from airq_cron.cli import addresses
from airq_cron.errors import ConfigError

HOST = "127.0.0.1"


@pytest.fixture
def taken() -> Iterator[int]:
    """Give a port on which somebody listens."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


class NotFound(BaseHTTPRequestHandler):
    """A server that knows nothing."""

    def do_HEAD(self) -> None:
        """Answer 404."""
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def test_a_free_port_is_taken_as_it_is() -> None:
    """Nobody is moved without need."""
    port = addresses.free_port()

    assert port == addresses.choose_port(HOST, port, asked=False)


def test_a_default_port_that_is_taken_moves_on(taken: int) -> None:
    """A second product on the same machine starts as well."""
    chosen = addresses.choose_port(HOST, taken, asked=False)

    assert taken < chosen <= taken + addresses.PORT_TRIES


def test_an_asked_for_port_that_is_taken_is_refused(taken: int) -> None:
    """Whoever named a port would look there in vain."""
    with pytest.raises(ConfigError, match=f"^AIRQ_PORT: port {taken} of .* is taken"):
        addresses.choose_port(HOST, taken, asked=True)


def test_a_host_that_is_none_is_refused() -> None:
    """The message names the setting."""
    with pytest.raises(ConfigError, match=r"^AIRQ_HOST: "):
        addresses.choose_port("no host", 3000, asked=False)


def test_a_host_of_another_machine_is_refused() -> None:
    """192.0.2.0/24 is nobody's address."""
    with pytest.raises(ConfigError, match=r"^AIRQ_HOST: cannot listen on 192\.0\.2\.1"):
        addresses.choose_port("192.0.2.1", 3000, asked=False)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:3000"),
        ("0.0.0.0", "http://127.0.0.1:3000"),
        ("::", "http://[::1]:3000"),
        ("air.example", "http://air.example:3000"),
    ],
)
def test_the_address_is_one_that_a_client_can_use(host: str, address: str) -> None:
    """Nobody connects to the wildcard address."""
    assert address == addresses.base_address(host, 3000)


def test_whatever_a_server_says_it_is_reached() -> None:
    """Open-Meteo has no page at its base address."""
    with HTTPServer((HOST, 0), NotFound) as server:
        Thread(target=server.handle_request).start()

        assert addresses.answers(f"http://{HOST}:{server.server_port}")


def test_a_closed_port_does_not_answer() -> None:
    """Without a network the answer is no, not an error."""
    assert not addresses.answers(f"http://{HOST}:{addresses.free_port()}")
