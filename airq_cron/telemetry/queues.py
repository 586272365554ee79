"""Queues as Redis holds them, read without touching a message."""

import json
from datetime import UTC, datetime
from typing import Any

from redis.client import Pipeline

from airq_cron.domain.job import PRIORITY_STEPS, Queue
from airq_cron.ports import QueueState
from airq_cron.ports.broker import ENQUEUED_HEADER
from airq_cron.telemetry import keys
from airq_cron.telemetry.client import connect, reaching


class RedisQueues:
    """Length and age of every queue, in one round trip."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = connect(url)

    def states(self, at: datetime) -> list[QueueState]:
        """
        Return every queue's state.

        The cost does not grow with the backlog: three lengths and the three
        oldest messages a queue, whatever their number.

        Raises:
            UnreachableError: Redis does not answer.
        """
        with reaching(self._url), self._client.pipeline(transaction=False) as pipe:
            ask_states(pipe)
            answers = pipe.execute()
        return read_states(answers, at)

    def oldest(self) -> dict[tuple[str, str], datetime | None]:
        """
        Return when the oldest waiting message of each list was sent.

        Raises:
            UnreachableError: Redis does not answer.
        """
        lists = [
            (queue, priority, step)
            for queue in Queue
            for priority, step in PRIORITY_STEPS.items()
        ]
        with reaching(self._url), self._client.pipeline(transaction=False) as pipe:
            for queue, _, step in lists:
                pipe.lindex(keys.queue_list(queue.value, step), -1)
            answers = pipe.execute()
        return {
            (queue.value, priority.value): _sent_at(raw)
            for (queue, priority, _), raw in zip(lists, answers, strict=True)
            if raw is not None
        }


def ask_states(pipe: Pipeline) -> int:
    """Ask for length and oldest message of each list; return how many answers."""
    steps = sorted(PRIORITY_STEPS.values())
    for queue in Queue:
        for step in steps:
            pipe.llen(keys.queue_list(queue.value, step))
            pipe.lindex(keys.queue_list(queue.value, step), -1)
    return 2 * len(steps) * len(Queue)


def read_states(answers: list[Any], at: datetime) -> list[QueueState]:
    """Return what `ask_states` was answered; ages are those at *at*."""
    width = len(answers) // len(Queue)
    return [
        _state(queue.value, answers[i * width : (i + 1) * width], at)
        for i, queue in enumerate(Queue)
    ]


def _state(name: str, answers: list[Any], at: datetime) -> QueueState:
    ages = [age for raw in answers[1::2] if (age := _age(raw, at)) is not None]
    return QueueState(
        name=name,
        waiting=sum(answers[0::2]),
        oldest_age_s=max(ages, default=None),
    )


def _age(raw: bytes | None, at: datetime) -> float | None:
    sent_at = None if raw is None else _sent_at(raw)
    return None if sent_at is None else max(0.0, (at - sent_at).total_seconds())


def _sent_at(raw: bytes) -> datetime | None:
    try:
        seconds = float(json.loads(raw)["headers"][ENQUEUED_HEADER])
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        # A message that is not ours, or an encrypted one: its age is unknown.
        return None
