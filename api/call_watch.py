"""Who calls, and who is refused: counted here, written by a thread."""

import logging
from datetime import datetime

from flask import Flask, Response, current_app, g, request

from airq_cron.domain.attempts import sender_of
from airq_cron.domain.refusal import REASONS, sealed_before
from airq_cron.errors import AirqError
from airq_cron.ports import Token
from airq_cron.services.count_refusals import RefusalCount, seal_refusals
from airq_cron.services.note_addresses import AddressBook
from airq_cron.system import System

from .flushing import Flusher

# So much of what was counted is lost at most when the process is killed.
FLUSH_EVERY_S = 5.0
KEY = "airq-call-watch"
LOG = logging.getLogger("airq.api")


class CallWatch:
    """
    Counts refused calls, and notes from where tokens are used.

    A request only adds to a sum in memory; the database is told in batches.

    Args:
        writes: whether a thread does so; otherwise `flush` must be called.
    """

    def __init__(self, system: System, *, writes: bool) -> None:
        self._system = system
        self._refusals = RefusalCount(system.store)
        self._addresses = AddressBook(system.store)
        self._refused_at: datetime | None = None
        self._sealed_before = sealed_before(system.clock.now())
        self._flusher = (
            Flusher("call-watch", FLUSH_EVERY_S, self.flush, system.clock)
            if writes
            else None
        )

    def note_refusal(self, status: int) -> None:
        """Count the present request, which is refused to nobody in particular."""
        now = self._system.clock.now()
        self._refusals.note(now, sender_of(request.remote_addr), status)
        self._begin()

    def note_address(self, token: Token) -> None:
        """Note from where the present request uses *token*."""
        now = self._system.clock.now()
        self._addresses.note(token.id, sender_of(request.remote_addr), now)
        self._begin()

    def flush(self) -> None:
        """Tell the database; seal the sums of minutes that are over."""
        try:
            self._addresses.flush()
            self._flush_refusals()
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "calls_not_noted"})

    def _flush_refusals(self) -> None:
        at = self._system.clock.now()
        if self._refusals.flush():
            self._refused_at = at
        before = sealed_before(at)
        if self._refused_at is None or before <= self._sealed_before:
            return
        # Whatever comes of it, the next try is a minute away.
        self._sealed_before = before
        seal_refusals(self._system.store, at)
        if self._refused_at < before:
            self._refused_at = None

    def _begin(self) -> None:
        if self._flusher is not None:
            self._flusher.begin()


def register_call_watch(app: Flask) -> None:
    """Count what *app* refuses to those who did not say who they are."""

    def end(answer: Response) -> Response:
        is_known = "token" in g or "refused_token" in g
        if answer.status_code in REASONS and not is_known:
            call_watch().note_refusal(answer.status_code)
        return answer

    app.after_request(end)


def attach_call_watch(app: Flask, system: System, *, writes: bool) -> None:
    """Have the calls of *app* noted in the database of *system*."""
    app.extensions[KEY] = CallWatch(system, writes=writes)


def call_watch() -> CallWatch:
    """Return who watches the calls of the present application."""
    watch = current_app.extensions[KEY]
    assert isinstance(watch, CallWatch)
    return watch
