"""Small servers that speak as OpenAQ and IQAir do, over real HTTP."""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

FIXTURES = Path(__file__).parent.parent / "fixtures"
HOUR = timedelta(hours=1)

Query = Mapping[str, str]
Reply = tuple[int, Mapping[str, str], bytes]


def fixture(name: str) -> Any:
    """Return one of our fixtures, as the project would never parse it."""
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def reply(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """Return the answer that holds *value* as JSON."""
    return status, headers or {}, json.dumps(value).encode()


class Upstream:
    """
    Answers on a free port of this machine; a context manager.

    Attributes:
        asked: path and query of every call so far.
        headers: of every call so far, names in lower case.
        next: answers that are given first, whatever is asked.
        always: headers of every answer.
    """

    def __init__(self, answer: Callable[[str, Query], Reply]) -> None:
        """Let *answer* decide about path and query."""
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.headers: list[dict[str, str]] = []
        self.next: list[Reply] = []
        self.always: dict[str, str] = {}
        self._answer = answer
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
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

    def paths(self, word: str = "") -> list[str]:
        """Return the paths asked so far that hold *word*."""
        return [path for path, _ in self.asked if word in path]

    def _reply(self, address: str, headers: Mapping[str, str]) -> Reply:
        parts = urlsplit(address)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.asked.append((parts.path, query))
        self.headers.append({name.lower(): text for name, text in headers.items()})
        if self.next:
            return self.next.pop(0)
        return self._answer(parts.path, query)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = upstream._reply(self.path, dict(self.headers))
                self.send_response(status)
                for name, text in {**upstream.always, **headers}.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                del args

        return Handler


class OpenAqData:
    """
    What a stand-in of OpenAQ knows.

    Attributes:
        stations: results of `/v3/locations`.
        values: by sensor, the value of each hour by its begin.
        missing: sensors that it calls unknown.
        widest: the longest time frame that its database manages.
        parameter: by sensor, what it measures, for the answers.
    """

    def __init__(self, stations: list[dict[str, Any]]) -> None:
        """Know *stations*, and no hour of any."""
        self.stations = stations
        self.values: dict[int, dict[datetime, Any]] = {}
        self.missing: set[int] = set()
        self.widest = timedelta(days=10_000)
        self.parameter = {
            sensor["id"]: sensor["parameter"]
            for station in stations
            for sensor in station["sensors"]
        }

    def answer(self, path: str, query: Query) -> Reply:
        """Answer as OpenAQ would."""
        words = path.strip("/").split("/")
        if words[:2] == ["v3", "locations"]:
            wanted = words[2] if len(words) > 2 else None
            found = [one for one in self.stations if wanted in {None, str(one["id"])}]
            if wanted is not None and not found:
                return reply({"detail": "Location not found"}, 404)
            return reply(self._page(found, query))
        if words[:2] == ["v3", "sensors"] and words[3] == "hours":
            return self._hours(int(words[2]), query)
        return reply({"message": "Gone."}, 410)

    def _hours(self, sensor: int, query: Query) -> Reply:
        if sensor in self.missing:
            return reply({"detail": "Sensor not found"}, 404)
        since = datetime.fromisoformat(query["datetime_from"])
        until = datetime.fromisoformat(query["datetime_to"])
        if until - since > self.widest:
            return reply({"detail": "Connection timed out: Try a smaller one."}, 408)
        hours = [
            self._hour(sensor, begin, value)
            for begin, value in sorted(self.values.get(sensor, {}).items())
            if since < begin + HOUR <= until
        ]
        return reply(self._page(hours, query))

    def _hour(self, sensor: int, begin: datetime, value: Any) -> dict[str, Any]:
        ends = {
            name: {"utc": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "local": "?"}
            for name, at in {"datetimeFrom": begin, "datetimeTo": begin + HOUR}.items()
        }
        return {
            "value": value,
            "parameter": self.parameter[sensor],
            "period": {"label": "1hour", "interval": "01:00:00", **ends},
        }

    @staticmethod
    def _page(results: list[Any], query: Query) -> dict[str, Any]:
        limit, page = int(query.get("limit", 100)), int(query.get("page", 1))
        found: int | str = len(results) if len(results) <= limit else f">{limit}"
        chosen = results[(page - 1) * limit : page * limit]
        return {"meta": {"page": page, "found": found}, "results": chosen}
