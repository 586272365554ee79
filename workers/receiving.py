"""
What a worker's main process lets in: messages as our beat and API send them.

Whoever can write to Redis can put anything into a queue. Whatever is not one of
ours is refused, counted and done with, before a child sees it; the worker goes on.
A run that such a message stood for is in the ledger, and is sent again.
"""

import logging
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from celery import Celery, Task
from celery.exceptions import InvalidTaskError
from celery.worker.consumer import Consumer
from celery.worker.strategy import default
from kombu import Message

from airq_cron.ports.broker import ENQUEUED_HEADER
from airq_cron.sealing import BOUND_HEADERS, is_sealing

from .app import system
from .counting import Gatherer

# Celery's own tasks start others by name; nobody of us sends them.
FOREIGN = "celery."
# With these, Celery would hold a message back, drop it, or rename its task.
NEVER_SET = ("eta", "expires", "group", "retries", "shadow", "stamped_headers")
LATEST_S = 1e11
LOG = logging.getLogger("airq.receiving")


class GuardedConsumer(Consumer):
    """Celery's consumer, which refuses in one way whatever is not ours."""

    # Set by Celery; its stubs do not know them.
    strategies: dict[str, Any]
    connection_errors: tuple[type[Exception], ...]

    def __init__(self, on_task_request: Callable[..., Any], **named: Any) -> None:
        # Both are of use to those alone that have Celery's events sent; without them
        # a worker would tell nobody every two seconds that it lives.
        if not system.settings.celery_events:
            silent = {"without_heartbeat": True, "without_gossip": True}
            named["worker_options"] = named["worker_options"] | silent
        super().__init__(on_task_request, **named)

    def update_strategies(self) -> None:
        """Know our tasks only."""
        super().update_strategies()
        for name in [name for name in self.strategies if name.startswith(FOREIGN)]:
            del self.strategies[name]

    def on_decode_error(self, message: Message, exc: Exception) -> None:
        """Refuse what cannot be read."""
        self._refuse(message, exc)

    def on_invalid_task(self, body: Any, message: Message, exc: Exception) -> None:
        """Refuse what our own check, or Celery's, did not pass."""
        del body
        self._refuse(message, exc)

    def on_unknown_message(self, body: Any, message: Message) -> None:
        """Refuse what names no task."""
        del body
        self._refuse(message, "it names no task")

    def on_unknown_task(self, body: Any, message: Message, exc: Exception) -> None:
        """Refuse a task that we do not have."""
        del body, exc
        self._refuse(message, f"there is no task {message.headers['task']!r:.80}")

    def _refuse(self, message: Message, why: object) -> None:
        # Neither body nor headers: what others wrote does not belong into our log.
        text = f"refused a message: {why!s:.200}"
        LOG.warning("%s", text, extra={"action": "message_refused"})
        if Gatherer.current is not None:
            queue = str((message.delivery_info or {}).get("routing_key"))
            Gatherer.current.refused(queue, system.clock.now().timestamp())
        message.ack_log_error(LOG, self.connection_errors)


def strategy(
    task: Task,  # type: ignore[type-arg]
    app: Celery,
    consumer: Consumer,
    **options: Any,
) -> Callable[..., Any]:
    """Return Celery's handler of messages for *task*, behind our check."""
    handle = default(task, app, consumer, **options)
    sealed = is_sealing(app)

    def receive(message: Message, body: Any, *more: Any) -> Any:
        check_message(message.headers, message.payload, sealed=sealed)
        return handle(message, body, *more)

    return receive


def check_message(headers: Mapping[str, Any], payload: Any, *, sealed: bool) -> None:
    """
    Return if a message has the form in which we send them.

    Args:
        payload: its decoded body.
        sealed: whether the body also vouches for the headers that decide what is
            done, so that they cannot be changed under it.

    Raises:
        InvalidTaskError: it has not; says why.
    """
    match payload:
        case [[str() as run_id], dict() as bound, dict() as then]:
            pass
        case _:
            raise InvalidTaskError("its body is not one run's id")
    if headers.get("id") != run_id:
        raise InvalidTaskError("its body and its head name two runs")
    if any(then.values()):
        raise InvalidTaskError("it names a task to follow")
    if any(headers.get(name) for name in NEVER_SET):
        raise InvalidTaskError("it sets what we never set")
    if not _are_limits(headers.get("timelimit")):
        raise InvalidTaskError("its time limits are none")
    if not _is_instant(headers.get(ENQUEUED_HEADER)):
        raise InvalidTaskError("it does not say when it was sent")
    if sealed and bound != {name: headers.get(name) for name in BOUND_HEADERS}:
        raise InvalidTaskError("its head is not the one that was sealed")


def _are_limits(value: Any) -> bool:
    match value:
        case [hard, soft]:
            return all(one is None or _is_number(one) for one in (hard, soft))
    return False


def _is_instant(value: Any) -> bool:
    return value is None or (_is_number(value) and value < LATEST_S)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and isfinite(value) and value >= 0
