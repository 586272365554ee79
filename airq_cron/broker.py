"""Celery as we use it: settings, transport, and publishing."""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from json import JSONDecodeError
from typing import Any
from uuid import uuid4

import redis
from celery import Celery
from kombu import Exchange
from kombu import Queue as KombuQueue
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis

from airq_cron.clock import Clock
from airq_cron.domain.job import PRIORITY_STEPS, Priority, Queue
from airq_cron.envelope import Envelope
from airq_cron.errors import UnreachableError
from airq_cron.ports import Batch, Counters, Message
from airq_cron.ports.broker import ENQUEUED_HEADER
from airq_cron.sealing import BOUND_HEADERS, is_sealing, use_keys

TASK_PREFIX = "airq."
RUN_QUEUES = frozenset(queue.value for queue in Queue)
# Longer than twice the longest time limit, or Celery delivers a long run again.
VISIBILITY_TIMEOUT_S = 7200
LONGEST_WAIT_S = 5.0


class GuardedQoS(kombu_redis.QoS):
    """
    Kombu's bookkeeping of what was delivered, without a leak.

    In kombu 5.7.0 an ack that cannot reach Redis keeps its place in the prefetch
    window for ever; when all places are gone, the worker waits and never asks
    again. What cannot be acked stays in Redis and is delivered once more, much
    later, which is harmless.
    """

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge, and free the place whether or not Redis answers."""
        with self._freeing(delivery_tag):
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002
        """Reject, and free the place whether or not Redis answers."""
        with self._freeing(delivery_tag):
            super().reject(delivery_tag, requeue)

    @contextmanager
    def _freeing(self, delivery_tag: str) -> Iterator[None]:
        try:
            yield
        except (redis.RedisError, OSError):
            self._quick_ack(delivery_tag)  # type: ignore[attr-defined]
            raise


class GuardedChannel(kombu_redis.Channel):
    """
    Kombu's Redis channel without three of its faults.

    An ack on a channel whose connection is closed ends the worker with an
    AttributeError in kombu 5.7.0; here it is a connection error, from which the
    worker recovers. An ack that fails keeps no place (see `GuardedQoS`). And one
    client is kept for each pool, where kombu builds a new one twice a message.
    """

    QoS = GuardedQoS
    _kept: redis.Redis | None = None
    _held_back: list[tuple[str, Any]] | None = None

    def _connparams(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002
        if getattr(self.connection, "client", None) is None:
            raise redis.ConnectionError("the channel's connection is closed")
        return super()._connparams(asynchronous)  # type: ignore[misc]

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except (JSONDecodeError, RecursionError):
            # It has left its list; which one that was, kombu does not tell.
            queue = min(RUN_QUEUES.intersection(self._active_queues))
            self.connection._deliver(_empty_message(queue), queue)  # noqa: SLF001
            return True

    def _put(self, queue: str, message: Any, **options: Any) -> None:
        if self._held_back is None:
            super()._put(queue, message, **options)
            return
        priority = self._get_message_priority(message, reverse=False)
        key = self._q_for_pri(queue, priority)  # type: ignore[attr-defined]
        self._held_back.append((key, message))

    @contextmanager
    def holding_back(self) -> Iterator[list[tuple[str, Any]]]:
        """Yield a list that gets what is published, with its key, instead of Redis."""
        self._held_back = []
        try:
            yield self._held_back
        finally:
            self._held_back = None

    @contextmanager
    def conn_or_acquire(self, client: redis.Redis | None = None) -> Iterator[Any]:
        """Yield *client*, or the one kept for the present pool."""
        if client is not None:
            yield client
            return
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = self._create_client()  # type: ignore[attr-defined]
        yield self._kept


class GuardedTransport(kombu_redis.Transport):
    """
    Redis transport with the guarded channel.

    Anybody who can write to Redis can put anything into a list. What kombu would
    stumble over, and the worker end with, is handed on as a message that is
    empty: the consumer refuses it as any other that is not ours.
    """

    Channel = GuardedChannel
    # Messages come at once; so often an idle worker asks anew, twice the time of kombu.
    brpop_timeout = 2

    def _deliver(self, message: Any, queue: str | None) -> None:
        # Other queues carry Celery's questions, which have a form of their own.
        if queue in RUN_QUEUES and not _is_whole(message):
            message = _empty_message(queue)
        super()._deliver(message, queue)


def _is_whole(message: Any) -> bool:
    """Say whether kombu and Celery can take *message* apart, whatever it holds."""
    match message:
        case {
            "body": str() as body,
            "content-type": str(),
            "content-encoding": str() | None,
            "headers": dict() as headers,
            "properties": {
                "delivery_tag": str(),
                "delivery_info": dict(),
                "body_encoding": "base64",
            },
        }:
            # What is packed may unpack to any size, and we pack nothing.
            if "compression" in headers or not isinstance(headers.get("task"), str):
                return False
            with suppress(ValueError):
                b64decode(body)
                return True
    return False


def _empty_message(queue: str) -> dict[str, Any]:
    """Return a message that every consumer refuses."""
    return {
        "body": "",
        "content-type": "application/x-not-a-message",
        "content-encoding": "utf-8",
        "headers": {},
        "properties": {
            "delivery_tag": str(uuid4()),
            "delivery_info": {"exchange": queue, "routing_key": queue},
            "body_encoding": "base64",
        },
    }


class OwnBrokerCelery(Celery):
    """
    Celery that connects to the broker it was given.

    Its own settings let CELERY_BROKER_URL and two more names win, which another
    project on the machine may have exported.
    """

    def connection_for_read(self, url: str | None = None, **more: Any) -> Any:
        """Return a connection to consume from."""
        return super().connection_for_read(url or self._own_url, **more)

    def connection_for_write(self, url: str | None = None, **more: Any) -> Any:
        """Return a connection to publish to."""
        return super().connection_for_write(url or self._own_url, **more)

    @property
    def _own_url(self) -> str:
        return str(self.conf.first("broker_url"))


def task_name(kind: str) -> str:
    """Return the Celery task that runs jobs of *kind*."""
    return TASK_PREFIX + kind


def celery_url(url: str) -> str:
    """
    Return *url* as kombu spells it: `unix:///s?db=1` is a socket with a vhost.

    With `rediss://` the server's certificate is checked, unless the address says
    otherwise: kombu would accept any, although the Redis client itself does not.
    """
    if url.startswith("rediss://") and "ssl_cert_reqs=" not in url:
        return url + ("&" if "?" in url else "?") + "ssl_cert_reqs=required"
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    query = query.replace("db=", "virtual_host=")
    return f"redis+socket://{path}" + (f"?{query}" if query else "")


def make_celery(
    redis_url: str,
    *,
    events: bool = False,
    keys: Sequence[str] = (),
    patience_s: float = LONGEST_WAIT_S,
) -> Celery:
    """
    Return a Celery app; it connects when it is first used.

    Args:
        events: whether workers send Celery's events and answer its questions.
        patience_s: how long it waits for a broker that is silent, at most 5.
        keys: what messages are sealed with, the first, and opened with, any;
            without one they are plain.
    """
    serializer = use_keys(keys)
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{GuardedTransport.__name__}"
    app = OwnBrokerCelery("airq", broker=celery_url(redis_url), set_as_current=True)
    app.conf.update(
        _configuration(min(patience_s, LONGEST_WAIT_S)),
        task_serializer=serializer,
        accept_content=[serializer],
        worker_send_task_events=events,
        task_send_sent_event=events,
        worker_enable_remote_control=events,
    )
    return app


def _configuration(patience_s: float) -> dict[str, Any]:
    """Return the settings that are not optional: docs/explanation/celery.md."""
    return {
        "task_queues": [
            KombuQueue(name.value, Exchange(name.value), routing_key=name.value)
            for name in Queue
        ],
        "task_default_queue": Queue.MAINTENANCE.value,
        "task_create_missing_queues": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_max_tasks_per_child": 10_000,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "enable_utc": True,
        "timezone": "UTC",
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            "priority_steps": sorted(PRIORITY_STEPS.values()),
            "queue_order_strategy": "priority",
            "unacked_restore_interval": 30,
            "unacked_restore_throttle": 1,
            "unacked_mutex_expire": 10,
            # Without both, a connection that dies silently hangs a worker for ever.
            "socket_timeout": patience_s,
            "health_check_interval": 5,
            "socket_connect_timeout": min(patience_s, 3),
            "socket_keepalive": True,
            "retry_on_timeout": False,
            # A publish fails at once instead of after 6 s: the ledger sends again.
            "max_retries": 0,
        },
    }


class CeleryDispatcher:
    """
    Publishes runs through Celery; the run's id is the task's id.

    Attributes:
        last_sent_at: when this process last published something.
    """

    def __init__(
        self, app: Celery, clock: Clock, counters: Counters | None = None
    ) -> None:
        self._app = app
        self._clock = clock
        self._counters = counters
        self.last_sent_at: datetime | None = None

    def publish(self, messages: Sequence[Message]) -> None:
        """
        Put the messages into their queues, in order.

        Raises:
            UnreachableError: the broker failed; some may have been published,
                which is harmless, because a second copy is dropped at the claim.
        """
        if not messages:
            return
        try:
            with self._app.producer_or_acquire() as producer:
                if self._app.conf.task_send_sent_event:
                    for message in messages:
                        self._send(message, producer)
                else:
                    self._send_copies(messages, producer)
        except (OperationalError, redis.RedisError, OSError) as error:
            address = str(self._app.conf.first("broker_url"))
            raise UnreachableError("AIRQ_REDIS_URL", address, str(error)) from error
        self.last_sent_at = self._clock.now()
        self._count(messages, self.last_sent_at)

    def _count(self, messages: Sequence[Message], at: datetime) -> None:
        """Count arrivals, in one round trip; what was sent is sent without it."""
        if self._counters is None:
            return
        batch = Batch()
        for message in messages:
            batch.of(message.queue, at).arrivals += 1
        with suppress(UnreachableError):
            self._counters.flush(batch)

    def _send_copies(self, messages: Sequence[Message], producer: Any) -> None:
        """Let Celery make one message of each form, and send copies of it."""
        envelopes: dict[Message, Envelope] = {}
        lists: dict[str, list[str]] = {}
        for message in messages:
            form = replace(message, run_id="")
            envelope = envelopes.get(form)
            if envelope is None:
                envelope = envelopes[form] = self._make_envelope(message, producer)
            sent_at = self._clock.now().timestamp()
            copies = lists.setdefault(envelope.key, [])
            copies.append(envelope.copy(message.run_id, sent_at))
        with producer.channel.conn_or_acquire() as client:
            pipeline = client.pipeline(transaction=False)
            for key, copies in lists.items():
                pipeline.lpush(key, *copies)
            pipeline.execute()

    def _make_envelope(self, message: Message, producer: Any) -> Envelope:
        with producer.channel.holding_back() as made:
            self._send(message, producer)
        ((key, first),) = made
        return Envelope(
            key,
            first,
            stamp=ENQUEUED_HEADER,
            serializer=str(self._app.conf.task_serializer),
            named=self._bound(message),
        )

    def _bound(self, message: Message) -> dict[str, Any]:
        """Return what a sealed message repeats of its headers."""
        if not is_sealing(self._app):
            return {}
        limits = [message.time_limit_s, message.soft_limit_s]
        values = (task_name(message.kind), limits)
        return dict(zip(BOUND_HEADERS, values, strict=True))

    def _send(self, message: Message, producer: Any) -> None:
        self._app.send_task(
            task_name(message.kind),
            args=(message.run_id,),
            kwargs=self._bound(message),
            task_id=message.run_id,
            queue=message.queue,
            priority=PRIORITY_STEPS[Priority(message.priority)],
            headers={ENQUEUED_HEADER: self._clock.now().timestamp()},
            producer=producer,
            retry=False,
            ignore_result=True,
            time_limit=message.time_limit_s,
            soft_time_limit=message.soft_limit_s,
        )
