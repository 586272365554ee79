"""One bounded call to an address that somebody set: checked, without redirects."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from urllib3.exceptions import HTTPError

from airq_cron.channels.addresses import CheckedLine
from airq_cron.cut import Cut, WatchedAdapter
from airq_cron.errors import DeliveryError

LONGEST_BODY = 16_384
# Less than that may stand in an answer by chance.
SHORTEST_SECRET = 4


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take; `read_s` bounds each silence, `total_s` everything."""

    connect_s: float = 5.0
    read_s: float = 10.0
    total_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Reply:
    """
    What the other side said.

    Attributes:
        headers: names in lower case.
        excerpt: the first printable words of the body, without our secrets.
    """

    status: int
    headers: Mapping[str, str]
    excerpt: str


class Caller:
    """
    Calls addresses that were set by somebody else than us.

    The name is looked up once, every address is checked, and the connection goes to
    the one that was checked, under the name that was asked for. Proxies of the
    environment are not used: they would look the name up again.
    """

    def __init__(
        self, agent: str, line: CheckedLine, patience: Patience | None = None
    ) -> None:
        """Send *agent* as User-Agent over connections of *line*."""
        self._agent = agent
        self._line = line
        self._patience = patience or Patience()

    def call(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Reply:
        """
        Send *body* to *url* and return the reply, whatever its status.

        Raises:
            DeliveryError: there was no whole reply in time.
            DeliveryRefusedError: the address may not be called.
        """
        cut = Cut()
        try:
            with cut.after(self._patience.total_s), self._session(cut) as session:
                return self._exchange(session, method, url, body, headers)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            host = host_of(url)
            if cut.fired:
                late = f"{host}: no whole answer in {self._patience.total_s:g} s"
                raise DeliveryError(late) from None
            # A traceback would show the cause, whose text holds the whole address.
            raise DeliveryError(f"{host}: {_cause(error)}") from None

    def ping(self, url: str) -> None:
        """
        Get *url*; raises DeliveryError unless it answers 2xx.
        """
        reply = self.call("GET", url, b"", {})
        if not 200 <= reply.status < 300:
            raise DeliveryError(f"{host_of(url)} answered {reply.status} to the ping")

    def _session(self, cut: Cut) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.headers.update({"User-Agent": self._agent})
        for scheme in ("http://", "https://"):
            session.mount(scheme, WatchedAdapter(cut.watch, self._line.connect))
        return session

    def _exchange(
        self,
        session: requests.Session,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> Reply:
        with session.request(
            method,
            url,
            data=body,
            headers=dict(headers),
            timeout=(self._patience.connect_s, self._patience.read_s),
            allow_redirects=False,
            stream=True,
        ) as response:
            piece = next(response.iter_content(LONGEST_BODY), b"")
            names = {name.lower(): text for name, text in response.headers.items()}
            return Reply(response.status_code, names, _excerpt(piece, url))


def host_of(url: str) -> str:
    """Return the host for a message: no path, no query, no password."""
    return (urlsplit(url).hostname or "no host")[:100]


def without_secrets(text: str, url: str) -> str:
    """Return *text* with every part of *url* that may be a secret as `***`."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    pieces = {url, parts.path, parts.query, login, *login.split(":")}
    pieces |= set(parts.path.split("/")) | {
        value for _, value in parse_qsl(parts.query)
    }
    pieces |= {unquote(piece) for piece in pieces}
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= SHORTEST_SECRET:
            text = text.replace(piece, "***")
    return text


def _excerpt(body: bytes, url: str) -> str:
    words = " ".join(body.decode("utf-8", "replace").split())
    hidden = without_secrets(words, url)
    return "".join(c for c in hidden if c.isprintable())[:200]


def _cause(error: BaseException) -> str:
    """Say in a few words what a failed call died of, without its address."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, requests.exceptions.SSLError):
            return "its TLS certificate or handshake is refused"
        if isinstance(seen, TimeoutError | requests.Timeout):
            return "no answer in time"
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror
        seen = seen.__cause__ or seen.__context__
    return f"no answer ({type(error).__name__})"
