"""One bounded GET: in time, in size, and never to another host."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    SSLError,
)

from airq_cron.cut import Cut, WatchedAdapter
from airq_cron.domain.quota import CALL
from airq_cron.errors import MalformedError, ProviderError, TransientError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 3
PIECE_BYTES = 65_536
# Less than that may stand in an answer by chance.
SHORTEST_SECRET = 8
# Scheme, host and port.
_Server = tuple[str, str | None, int | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take; `read_s` bounds each silence, `total_s` everything."""

    connect_s: float = 3.0
    read_s: float = 10.0
    total_s: float = 30.0
    body_bytes: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What the upstream said.

    Attributes:
        headers: names in lower case.
        body: decoded from gzip, not from text.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


def user_agent(version: str, contact: str = "") -> str:
    """
    Name this product, and whom to write to when it misbehaves.

    Control and non-ASCII characters are left out: a header cannot hold them.
    """
    plain = "".join(c for c in contact if " " <= c <= "~").strip()
    return f"airq-cron/{version}" + (f" (+{plain})" if plain else "")


def with_body(error: ProviderError, answer: Answer) -> ProviderError:
    """Return *error*; one about an answer that cannot be read has the answer."""
    if isinstance(error, MalformedError):
        error.body = answer.body
    return error


def unreadable(host: str, error: MalformedError, answer: Answer) -> MalformedError:
    """Return *error* with whose answer it was, and the answer itself."""
    found = MalformedError(f"{host}: {error}")
    found.body = answer.body
    return found


def is_loopback(host: str | None) -> bool:
    """Say whether *host*, a name or an address, is this machine by definition."""
    if host is None:
        return False
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


class _Way(NamedTuple):
    """
    How a server is reached, by what the environment says of it.

    Attributes:
        through_proxy: whether the proxy must be told the whole address.
    """

    pool: HTTPConnectionPool
    through_proxy: bool


class HttpClient:
    """
    Makes so many calls at a time, and keeps their connections for the next.

    Make it after the fork; it is safe to share between threads. The ways to servers
    are those of requests, calls are urllib3's own: with 10,000 small answers the
    rest of requests took twice the time of the call itself.
    """

    def __init__(
        self,
        agent: str,
        limits: Limits | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        secret: str = "",
        at_once: int = 1,
    ) -> None:
        """
        Send *agent* as User-Agent, *headers* too, and stay within *limits*.

        Args:
            at_once: so many calls may be under way; further ones wait.
            secret: our key; where an answer repeats it, it is read as `***`, so
                that no message, log or sample can show it.
        """
        self._secret = secret.encode() if len(secret) >= SHORTEST_SECRET else b""
        self._limits = limits or Limits()
        self._turns = threading.Semaphore(at_once)
        self._of_thread = threading.local()
        self._headers = {
            "User-Agent": agent,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            **(headers or {}),
        }
        self._timeout = Timeout(
            connect=self._limits.connect_s, read=self._limits.read_s
        )
        self._adapter = WatchedAdapter(self._watch, at_once=at_once)
        self._ways: dict[_Server, _Way] = {}

    def get(self, url: str, *, tenths: int = CALL) -> Answer:  # noqa: ARG002
        """
        Return what *url* answers, whatever its status.

        Redirects are followed on the same scheme, host and port alone.

        Args:
            tenths: how the provider counts this call; counted by a polite client.

        Raises:
            TransientError: no answer, not in time, or from another host.
            MalformedError: the answer is longer or shorter than it may be.
        """
        with self._turns:
            for _ in range(MOST_REDIRECTS + 1):
                answer = self._ask(url)
                target = answer.headers.get("location")
                if answer.status not in REDIRECTS or target is None:
                    return answer
                url = _followed(url, target)
        raise TransientError(f"{_host(url)}: redirected {MOST_REDIRECTS + 1} times")

    def close(self) -> None:
        """Close the kept connections."""
        self._ways.clear()
        self._adapter.close()

    def _watch(self, line: socket.socket) -> None:
        cut: Cut = self._of_thread.cut
        cut.watch(line)

    def _ask(self, url: str) -> Answer:
        cut = self._of_thread.cut = Cut()
        try:
            with cut.after(self._limits.total_s):
                answer = self._exchange(url)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            # A traceback would show the causes, whose texts hold the whole address.
            raise self._failure(url, error, late=cut.fired) from None
        if cut.fired:
            raise self._failure(url, TimeoutError(), late=True)
        return answer

    def _exchange(self, url: str) -> Answer:
        way = self._ways.get(_server(url)) or self._find_way(url)
        response = way.pool.urlopen(
            "GET",
            url if way.through_proxy else _target(url),
            headers=self._headers,
            timeout=self._timeout,
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
        )
        try:
            body = self._body(url, response)
        finally:
            # Of one that was not read to its end nothing more may come.
            response.close()
            response.release_conn()
        headers = {name.lower(): text for name, text in response.headers.items()}
        return Answer(response.status, headers, body)

    def _find_way(self, url: str) -> _Way:
        session = requests.Session()
        # A proxy named in the environment must not swallow calls to this machine.
        session.trust_env = not is_loopback(urlsplit(url).hostname)
        request = requests.Request("GET", url).prepare()
        found = session.merge_environment_settings(url, {}, None, None, None)
        verify, proxies = found["verify"], found["proxies"]
        pool = self._adapter.get_connection_with_tls_context(
            request, verify, proxies=proxies
        )
        self._adapter.cert_verify(pool, url, verify, None)  # type: ignore[no-untyped-call]
        whole = self._adapter.request_url(request, proxies) != request.path_url
        way = self._ways[_server(url)] = _Way(pool, whole)
        return way

    def _body(self, url: str, response: BaseHTTPResponse) -> bytes:
        body = bytearray()
        try:
            for piece in response.stream(PIECE_BYTES, decode_content=True):
                body += piece
                if len(body) > self._limits.body_bytes:
                    raise self._too_long(url, bytes(body))
        except ProtocolError as error:
            raise requests.exceptions.ChunkedEncodingError(error) from error
        return self._without_secret(bytes(body))

    def _too_long(self, url: str, body: bytes) -> MalformedError:
        error = MalformedError(
            f"{_host(url)}: the answer is longer than {self._limits.body_bytes:,} bytes"
        )
        error.body = self._without_secret(body)
        return error

    def _without_secret(self, body: bytes) -> bytes:
        return body.replace(self._secret, b"***") if self._secret else body

    def _failure(
        self, url: str, error: Exception, *, late: bool
    ) -> TransientError | MalformedError:
        # The text of requests' errors holds the whole address; ours only the host.
        host, limits = _host(url), self._limits
        if late:
            return TransientError(f"{host}: no whole answer in {limits.total_s:g} s")
        if isinstance(error, requests.exceptions.ChunkedEncodingError):
            return MalformedError(f"{host}: the answer broke off")
        if isinstance(error, DecodeError):
            return MalformedError(f"{host}: the answer's compression is damaged")
        is_late = isinstance(error, ConnectTimeoutError)
        if is_late and not isinstance(error, NewConnectionError):
            return TransientError(f"{host}: no connection in {limits.connect_s:g} s")
        if "timed out" in str(error):
            return TransientError(f"{host}: silent for {limits.read_s:g} s")
        return TransientError(f"{host}: {_cause(error)}")


def _followed(url: str, target: str) -> str:
    """Return where a redirect leads when that is the same server."""
    try:
        absolute = urljoin(url, target)
        same = _server(absolute) == _server(url)
        there = _host(absolute)
    except ValueError:
        raise TransientError(f"{_host(url)}: redirects to no address") from None
    if not same:
        raise TransientError(f"{_host(url)}: redirects to another host: {there}")
    return absolute


def _target(url: str) -> str:
    """Return what of *url* stands in the request: path and query."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _server(url: str) -> _Server:
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default


def _host(url: str) -> str:
    """Return the host for a message: no path, no query, no password."""
    return (urlsplit(url).hostname or "no host")[:100]


def _cause(error: BaseException) -> str:
    """Say in a few words what a failed call died of, without its address."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, SSLError):
            return "its TLS certificate or handshake is refused"
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror
        seen = seen.__cause__ or seen.__context__
    return f"no answer ({type(error).__name__})"
