"""Messages that a stranger with access to Redis plants."""

import json
import pickle
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import redis

from airq_cron.domain.job import PRIORITY_STEPS, Priority
from airq_cron.domain.run import Run
from airq_cron.ports import Message
from airq_cron.ports.broker import ENQUEUED_HEADER
from airq_cron.system import System
from airq_cron.telemetry import keys

# The workers of these tests take nothing from this one.
UNWATCHED = "monitoring"


class Stranger:
    """Reads and writes the broker's lists, and knows no key."""

    def __init__(self, system: System) -> None:
        """Reach the broker of *system*."""
        self._system = system

    def overhear(self, run: Run) -> dict[str, Any]:
        """Return the message of *run* as it lies in Redis."""
        message = Message(run.id, run.kind, UNWATCHED, Priority.NORMAL.value)
        self._system.dispatcher.publish([message])
        step = PRIORITY_STEPS[Priority.NORMAL]
        with self._redis() as client:
            raw: Any = client.rpop(keys.queue_list(UNWATCHED, step))
        found: dict[str, Any] = json.loads(raw)
        return found

    def plant(self, *texts: str, queue: str = "data-fetch") -> None:
        """Put *texts* into the list of urgent messages, the first one first."""
        step = PRIORITY_STEPS[Priority.HIGH]
        with self._redis() as client:
            for text in texts:
                client.lpush(keys.queue_list(queue, step), text)

    def waiting(self) -> int:
        """Return how many messages lie in Redis, taken or not."""
        with self._redis() as client:
            lists = [
                keys.queue_list(queue, step)
                for queue in ("data-fetch", "analytics")
                for step in PRIORITY_STEPS.values()
            ]
            lengths: Any = [client.llen(name) for name in lists]
            unacked: Any = client.hlen("unacked")
        return int(sum(lengths) + unacked)

    def _redis(self) -> Any:
        return closing(redis.Redis.from_url(self._system.settings.redis_address))


class Trap:
    """A pickle that leaves a file behind when anybody reads it."""

    def __init__(self, path: Path) -> None:
        """Write *path* when unpickled."""
        self._path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Say what unpickling calls."""
        return Path.touch, (Path(self._path),)  # type: ignore[return-value]


def changed(message: dict[str, Any], **headers: Any) -> str:
    """Return *message* with other headers under a tag of its own."""
    copy: dict[str, Any] = json.loads(json.dumps(message))
    copy["headers"] |= headers
    copy["properties"]["delivery_tag"] = str(uuid4())
    return json.dumps(copy)


def refilled(message: dict[str, Any], body: bytes, content_type: str) -> str:
    """Return *message* with another body."""
    copy: dict[str, Any] = json.loads(changed(message))
    copy |= {"body": b64encode(body).decode(), "content-type": content_type}
    return json.dumps(copy)


def plain(run_id: str, then: dict[str, Any] | None = None) -> bytes:
    """Return the body of a plain message."""
    return json.dumps([[run_id], {}, then or {}]).encode()


def rubbish(message: dict[str, Any], trap: Path) -> Iterator[str]:
    """Yield what is no message of ours, whether or not messages are sealed."""
    run_id = message["headers"]["id"]
    yield from ("not json", "{}", "[1]", '"text"', "null", "[" * 5000)
    yield json.dumps(message | {"body": "%"})
    yield json.dumps(message | {"properties": {}})
    yield json.dumps(message | {"headers": None})
    yield json.dumps(message | {"content-type": {"a": 1}})
    yield changed(message, task={"a": 1})
    yield changed(message, task="airq.unknown")
    yield changed(message, task="celery.map")
    yield changed(message, id=None)
    yield changed(message, id="another")
    yield changed(message, timelimit="soon")
    yield changed(message, eta="2099-01-01T00:00:00")
    yield changed(message, compression="gzip")
    yield changed(message, **{ENQUEUED_HEADER: float("nan")})
    code = pickle.dumps([[run_id], {"trap": Trap(trap)}, {}])
    yield refilled(message, code, "application/x-python-serialize")
    yield refilled(message, b"!!python/object/apply:os.getpid []", "application/x-yaml")
    yield refilled(message, plain(run_id), "text/plain")
    yield refilled(message, b"abc", "application/data")
    follow = {"callbacks": [{"task": "airq.cleanup", "args": [run_id]}]}
    yield refilled(message, plain(run_id, follow), "application/json")
