"""How long answers take, counted by route and written in batches."""

import logging
import re
import threading
from datetime import timedelta

from flask import Flask, Response, g, request

from airq_cron.errors import AirqError
from airq_cron.ports import Answered, Batch
from airq_cron.system import System

from .context import the_system
from .flushing import Flusher

FLUSH_EVERY_S = 1.0
# Of what has no route we know neither how many there are nor what they are called.
OTHER = "other"
KEY = "airq-stopwatch"
CONVERTED = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
LOG = logging.getLogger("airq.api")


class Stopwatch:
    """
    Gathers the times of answers.

    Args:
        writes: whether a thread writes them each second.
    """

    def __init__(self, system: System, *, writes: bool) -> None:
        self._system = system
        self._batch = Batch()
        self._lock = threading.Lock()
        self._flusher = (
            Flusher("stopwatch", FLUSH_EVERY_S, self.flush, system.clock)
            if writes
            else None
        )

    def note(self, what: Answered, took: timedelta) -> None:
        """Count one answer."""
        with self._lock:
            self._batch.answered(what, self._system.clock.now(), took)
        if self._flusher is not None:
            self._flusher.begin()

    def flush(self) -> None:
        """Write what was gathered; what cannot be written is dropped."""
        with self._lock:
            batch, self._batch = self._batch, Batch()
        try:
            self._system.counters.flush(batch)
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "counting_failed"})


def attach_stopwatch(app: Flask, system: System, *, writes: bool) -> None:
    """
    Have the answers of *app* counted, unless counting is switched off.

    Args:
        writes: whether a thread writes what was gathered.
    """
    app.extensions.pop(KEY, None)
    if system.settings.metrics_collection:
        app.extensions[KEY] = Stopwatch(system, writes=writes)


def register_timing(app: Flask) -> None:
    """Time every answer of *app* while a stopwatch is attached."""

    def begin() -> None:
        g.began_s = the_system().clock.monotonic()

    def end(response: Response) -> Response:
        stopwatch: Stopwatch | None = app.extensions.get(KEY)
        began_s = g.pop("began_s", None)
        if stopwatch is not None and began_s is not None:
            took = timedelta(seconds=the_system().clock.monotonic() - began_s)
            status = f"{response.status_code // 100}xx"
            stopwatch.note(Answered(_route(), status), took)
        return response

    app.before_request(begin)
    app.after_request(end)


def _route() -> str:
    if request.url_rule is None:
        return OTHER
    path = CONVERTED.sub(r"{\1}", request.url_rule.rule)
    return f"{request.method} {path}"
