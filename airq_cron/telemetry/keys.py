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
| `airq:count:<queue>:m:<minute>` | hash: see `counters` | collectors | 25 h |
| `airq:count:<queue>:h:<hour>` | hash: the same | collectors | 91 days |
| `airq:count:<queue>:total` | hash: the same | collectors | 91 days idle |
| `airq:score:<queue>:<hour>` | hash: see `snapshots` | beats | the retention, and 1 h |
| `airq:answers:m:<minute>`, `:h:<hour>`, `:total` | hash: by route | API | the same |
| `airq:failures:<sender>` | string: a count | API | its window, 5 minutes |

Queues are five and routes are those of the API, so the number of keys and fields is
bounded: `<minute>` and `<hour>` are counted from 1970.
"""

from datetime import datetime, timedelta

from airq_cron.domain.tally import Step

# All keys of ours but the queues.
OURS = "airq:*"
ALIVE = "airq:alive"
ALIVE_TTL = timedelta(hours=1)
BREAKER_TTL = timedelta(days=7)
TOTAL_TTL = timedelta(days=91)
# A bin is read until its end is as old as it is kept.
COUNT_TTL = {Step.MINUTE: timedelta(hours=25), Step.HOUR: timedelta(days=91)}
ANSWERS = "airq:answers"
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


def count(queue: str) -> str:
    """Return the stem of the hashes that count what a queue does."""
    return f"airq:count:{queue}"


def snapshots(queue: str, hour: datetime) -> str:
    """Return the hash of how a queue stood in the hour that begins at *hour*."""
    return f"airq:score:{queue}:{int(hour.timestamp()) // 3600}"


def bin_of(stem: str, step: Step, start: datetime) -> str:
    """Return the hash under *stem* of the minute or hour that begins at *start*."""
    number = int(start.timestamp()) // int(step.length.total_seconds())
    return f"{stem}:{step.value[0]}:{number}"


def total(stem: str) -> str:
    """Return the hash under *stem* of all that was ever counted."""
    return f"{stem}:total"


def failures(sender: str) -> str:
    """Return the counter of failed attempts to log in from one address."""
    return f"airq:failures:{sender}"


def queue_list(queue: str, step: int) -> str:
    """Return the list that holds the messages of one priority step."""
    return queue if step == 0 else f"{queue}{STEP_SEPARATOR}{step}"
