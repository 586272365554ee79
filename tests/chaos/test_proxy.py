"""The proxy does to a connection what the drill says that it does."""

from collections.abc import Iterator

import pytest
import redis

from tests.chaos.proxy import BrokerProxy
from tests.integration.nodes import ValkeyProcess

SOON_S = 0.3
QUEUE = "queue"


@pytest.fixture
def direct(valkey: ValkeyProcess) -> Iterator[redis.Redis]:
    """Give a client that goes around the proxy."""
    with redis.Redis.from_url(valkey.url) as client:
        yield client


@pytest.fixture
def through(proxy: BrokerProxy) -> Iterator[redis.Redis]:
    """Give a client that goes through the proxy, and tries nothing twice."""
    with redis.Redis.from_url(
        proxy.url, socket_timeout=SOON_S, retry=None, retry_on_timeout=False
    ) as client:
        yield client


def test_a_lost_reply_takes_its_message_along(
    direct: redis.Redis, through: redis.Redis, proxy: BrokerProxy
) -> None:
    """The broker has handed it out, nobody has it, and the next one arrives."""
    direct.lpush(QUEUE, "first", "second")
    proxy.lose_replies(1)

    with pytest.raises(redis.ConnectionError):
        through.brpop([QUEUE], timeout=1)

    assert [b"second"] == direct.lrange(QUEUE, 0, -1)
    assert (b"queue", b"second") == tuple(through.brpop([QUEUE], timeout=1) or ())
    assert 1 == proxy.lost


def test_only_messages_are_lost(through: redis.Redis, proxy: BrokerProxy) -> None:
    """Whatever else the broker says is handed on."""
    proxy.lose_replies(1)

    assert through.ping()
    assert None is through.brpop([QUEUE], timeout=0.05)
    assert 0 == proxy.lost


def test_a_silent_broker_answers_nobody_and_keeps_connections(
    direct: redis.Redis, through: redis.Redis, proxy: BrokerProxy
) -> None:
    """What was said meanwhile arrives when it speaks again, as after a pause."""
    through.ping()
    proxy.fall_silent()
    with pytest.raises(redis.TimeoutError):
        through.lpush(QUEUE, "said to nobody")
    with pytest.raises(redis.TimeoutError):
        through.ping()
    heard_in_silence = direct.llen(QUEUE)

    proxy.speak_again()

    assert through.ping()
    assert 0 == heard_in_silence
    assert 1 == direct.llen(QUEUE)


def test_a_dead_broker_refuses(through: redis.Redis, valkey: ValkeyProcess) -> None:
    """The proxy holds nothing back for it."""
    valkey.box.kill("SIGKILL")

    with pytest.raises(redis.ConnectionError):
        through.ping()
