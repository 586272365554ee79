"""What is left over in Redis: messages that wait for long, and keys without end."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from airq_cron.domain.job import PRIORITY_STEPS, Queue
from airq_cron.ports import WaitingMessage
from airq_cron.ports.broker import ENQUEUED_HEADER
from airq_cron.telemetry import keys
from airq_cron.telemetry.client import connect, reaching

# Redis looks at so many keys a call, and does nothing else meanwhile.
SCANNED = 500
# A Redis that others use as well may hold any number; ours are some ten thousand.
MOST_SCANS = 2000
NEVER = -1
MISREAD = (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError)


class RedisLeftovers:
    """See `ports.Leftovers`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = connect(url)

    def lists(self) -> list[str]:
        """Return the names of all lists that messages of runs wait in."""
        steps = sorted(PRIORITY_STEPS.values())
        return [keys.queue_list(one.value, step) for one in Queue for step in steps]

    def window(self, name: str, offset: int, count: int) -> list[WaitingMessage | None]:
        """
        Return *count* messages of a list, the oldest first, after *offset* of them.

        Raises:
            UnreachableError: Redis does not answer.
        """
        with reaching(self._url):
            found = self._client.lrange(name, -offset - count, -offset - 1)
        return [_read(raw) for raw in reversed(cast(list[bytes], found))]

    def remove(self, name: str, messages: Sequence[WaitingMessage]) -> int:
        """
        Take messages out of a list; return how many were still there.

        They are looked for from the oldest on, so only what lies before them is
        passed over. Raises UnreachableError.
        """
        with reaching(self._url), self._client.pipeline(transaction=False) as pipe:
            for message in messages:
                pipe.lrem(name, -1, cast(Any, message.raw))
            return sum(cast(list[int], pipe.execute()))

    def endless_keys(self) -> list[str]:
        """
        Return keys of ours that never end, by name; raises UnreachableError.

        One call looks at a few hundred keys, so that nobody waits for it.
        """
        found: set[str] = set()
        cursor = 0
        with reaching(self._url):
            for _ in range(MOST_SCANS):
                cursor, names = cast(
                    tuple[int, list[bytes]],
                    self._client.scan(cursor, match=keys.OURS, count=SCANNED),
                )
                found.update(self._endless(names))
                if not cursor:
                    break
        return sorted(found)

    def _endless(self, names: Sequence[bytes]) -> list[str]:
        with self._client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.ttl(name)
            left = pipe.execute() if names else []
        return [
            name.decode(errors="replace")
            for name, ttl in zip(names, left, strict=True)
            if ttl == NEVER
        ]


def _read(raw: bytes) -> WaitingMessage | None:
    try:
        headers = json.loads(raw)["headers"]
        run_id = str(UUID(headers["id"]))
        sent_at = datetime.fromtimestamp(float(headers[ENQUEUED_HEADER]), UTC)
    except (*MISREAD, RecursionError):
        # Not ours: nothing is known of it, so it stays.
        return None
    return WaitingMessage(run_id, sent_at, raw)
