"""A unique text in every secret there is, by which a leak gives itself away."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, get_args, get_type_hints
from urllib.parse import quote
from uuid import uuid4

from airq_cron.config import Secret, Settings
from airq_cron.sealing import new_key

# Settings whose text must have a form; any other secret is the canary itself.
FORMS: Mapping[str, str] = {
    "AIRQ_REDIS_URL": "redis://user:{canary}@127.0.0.1:1/0",
    "AIRQ_DATABASE_URL": "postgresql://user:{canary}@127.0.0.1:1/airq",
    "AIRQ_ALERT_WEBHOOK_URL": "{echo}/hook/{canary}",
    "AIRQ_ALERT_URLS": "phone=ntfy://user:{canary}@{place}/topic",
    "AIRQ_PING_URL": "{echo}/ping/{canary}",
}


def secret_settings() -> list[str]:
    """Return the environment names of all settings that hold a secret."""
    hints = get_type_hints(Settings)
    return [
        spec.metadata["env"]
        for spec in fields(Settings)
        if Secret in (hints[spec.name], *get_args(hints[spec.name]))
    ]


class Canaries:
    """
    The secrets of one instance, and who finds them.

    Attributes:
        environment: every secret setting with a text of its own in it.
        texts: the texts, by what they are the secret of.
    """

    def __init__(self, echo: str) -> None:
        """Make them; the server at *echo* is where alerts go."""
        self.texts: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        place = echo.removeprefix("http://")
        for name in secret_settings():
            canary = new_key() if "MESSAGE" in name else f"canary{uuid4().hex}"
            form = FORMS.get(name, "{canary}")
            self.texts[name] = canary
            self.environment[name] = form.format(canary=canary, echo=echo, place=place)

    def watch(self, name: str, secret: str) -> str:
        """Look for another secret too; return it."""
        self.texts[name] = secret
        return secret

    def shown_by(self, output: str | bytes) -> list[str]:
        """Return whose secrets *output* shows, as they are or percent-encoded."""
        raw = output.encode() if isinstance(output, str) else output
        return sorted(
            name
            for name, text in self.texts.items()
            if any(form.encode() in raw for form in (text, quote(text, safe="")))
        )

    def leaks(self, outputs: Iterable[tuple[str, str | bytes]]) -> dict[str, list[str]]:
        """Return, by the name of an output, whose secrets it shows."""
        return {
            name: found for name, output in outputs if (found := self.shown_by(output))
        }


class Echo:
    """
    A server that answers with the whole call, as careless ones do.

    Attributes:
        received: the bodies of all calls.
    """

    def __init__(self, status: int = 200) -> None:
        """Listen on a free port of this machine; answer with *status*."""

        received: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                received.append(self.rfile.read(length))
                body = f"<html>{self.path}\n{self.headers}".encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT = do_GET  # noqa: N815 - the names of http.server

            def log_message(self, *args: Any) -> None:
                del args

        self.received = received
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
