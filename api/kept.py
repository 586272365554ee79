"""What is kept for a moment: made by one thread at a time, never too old."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import Any, Generic, TypeVar

from flask import Flask, Response, current_app, g, jsonify, request
from marshmallow import Schema

from airq_cron.clock import Clock
from airq_cron.ports import Token

from .change_mark import CHANGES
from .edges import READING

# An answer older than this is not given.
OLDEST_S = 1.0
# From this age on, the first who asks makes it anew; the others still get the old.
RENEWED_S = 0.5
MOST_KEPT = 64
ANSWERS, TOKENS = "airq-kept-answers", "airq-kept-tokens"
Kept = TypeVar("Kept")


@dataclass(slots=True)
class _Flight(Generic[Kept]):
    """Something in the making, and who waits for it."""

    mark: bytes
    began_s: float
    made: Future[Kept] = field(default_factory=Future)


class KeptBriefly(Generic[Kept]):
    """
    Things that cost something to make, none older than a second.

    One thread makes a thing; who needs it meanwhile waits for that one, and gets its
    error as well. An error is not kept, and neither is what a change has outdated.

    Args:
        mark: gives bytes that differ after a change.
        most: how many are kept; what was asked for longest ago goes first.
    """

    def __init__(
        self, clock: Clock, mark: Callable[[], bytes], *, most: int = MOST_KEPT
    ) -> None:
        self._clock = clock
        self._mark = mark
        self._most = most
        self._lock = Lock()
        self._flights: dict[Hashable, _Flight[Kept]] = {}
        self._landed: OrderedDict[Hashable, _Flight[Kept]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Return what is kept as *key*, by *make* unless a good one is there."""
        mark, now_s = self._mark(), self._clock.monotonic()
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None and flight.mark != mark:
                flight = None
            landed = self._landed.get(key)
            if landed is not None and landed.mark == mark:
                age_s = now_s - landed.began_s
                if age_s < (RENEWED_S if flight is None else OLDEST_S):
                    self._landed.move_to_end(key)
                    return landed.made.result()
            if flight is None:
                mine = self._flights[key] = _Flight[Kept](mark, now_s)
        if flight is not None:
            return flight.made.result()
        return self._make(key, mine, make)

    def _make(
        self, key: Hashable, flight: _Flight[Kept], make: Callable[[], Kept]
    ) -> Kept:
        try:
            made = make()
        except BaseException as error:
            self._take_off(key, flight)
            flight.made.set_exception(error)
            raise
        flight.made.set_result(made)
        self._take_off(key, flight, lands=True)
        return made

    def _take_off(
        self, key: Hashable, flight: _Flight[Kept], *, lands: bool = False
    ) -> None:
        with self._lock:
            # One that began after a change may have taken its place.
            if self._flights.get(key) is not flight:
                return
            del self._flights[key]
            if lands:
                self._landed[key] = flight
                self._landed.move_to_end(key)
            if len(self._landed) > self._most:
                self._landed.popitem(last=False)


def attach_kept(app: Flask, clock: Clock) -> None:
    """Have *app* keep answers and tokens, beginning with none."""
    app.extensions[ANSWERS] = KeptBriefly[bytes](clock, CHANGES.read)
    app.extensions[TOKENS] = KeptBriefly[Token | None](clock, CHANGES.read)


def register_changes(app: Flask) -> None:
    """Let no answer of *app* outlive a change that was asked of this server."""

    def end(answer: Response) -> Response:
        # Whatever came of it, unless a role forbade it: an error may come after a
        # change was made, and nobody without the right makes everything anew.
        refused = "token" not in g or answer.status_code == HTTPStatus.FORBIDDEN
        if request.method not in READING and not refused:
            CHANGES.renew()
        return answer

    app.after_request(end)


def keep(schema: type[Schema], find: Callable[[], Any], *about: Hashable) -> Response:
    """
    Answer with what *find* returns, or with what it returned less than a second ago.

    Args:
        about: what distinguishes this answer from others of the same endpoint.
    """
    kept: KeptBriefly[bytes] = current_app.extensions[ANSWERS]

    def make() -> bytes:
        return jsonify(schema().dump(find())).get_data()

    body = kept.get((request.endpoint, *about), make)
    return current_app.response_class(body, mimetype="application/json")


def keep_token(digest: str, find: Callable[[], Token | None]) -> Token | None:
    """Return what *find* returns, or what it returned less than a second ago."""
    kept: KeptBriefly[Token | None] = current_app.extensions[TOKENS]
    return kept.get(digest, find)
