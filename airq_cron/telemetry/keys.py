"""
Every Redis key, spelt here and nowhere else.

| key | type | owner | TTL |
| --- | --- | --- | --- |
| `<queue>`, `<queue>\\x06\\x16<step>` | list | Celery | none: the queue itself |
| `airq:alive` | sorted set: process, instant its heartbeat ends | processes | 1 h |
| `airq:alive:<process>` | string, JSON | that process | the heartbeat's |
| `airq:breaker:<provider>` | hash | breakers | 7 days, at least 4 timeouts |
| `airq:quota:<provider>:<window>` | hash: bucket, tenths | politeness | two windows |
| `airq:lane:<provider>:<egress>` | string: who is in flight | politeness | its lease |
"""

from datetime import timedelta

ALIVE = "airq:alive"
ALIVE_TTL = timedelta(hours=1)
BREAKER_TTL = timedelta(days=7)
# Kombu's separator between a queue's name and its priority step.
STEP_SEPARATOR = "\x06\x16"


def heartbeat(process: str) -> str:
    """Return the key that lives as long as *process* says it is alive."""
    return f"{ALIVE}:{process}"


def breaker(provider: str) -> str:
    """Return the hash of a provider's breaker."""
    return f"airq:breaker:{provider}"


def quota(provider: str, window: str) -> str:
    """Return the hash of the calls that count in a provider's window."""
    return f"airq:quota:{provider}:{window}"


def lane(name: str) -> str:
    """Return the key that the one call in flight holds."""
    return f"airq:lane:{name}"


def queue_list(queue: str, step: int) -> str:
    """Return the list that holds the messages of one priority step."""
    return queue if step == 0 else f"{queue}{STEP_SEPARATOR}{step}"
