"""Failed attempts to log in, counted for all processes of the API."""

from datetime import timedelta
from typing import cast

from airq_cron.domain.attempts import MOST_FAILURES, WINDOW
from airq_cron.telemetry import keys
from airq_cron.telemetry.client import connect, reaching

MILLISECOND = timedelta(milliseconds=1)


class RedisThrottle:
    """A counter a sender, which ends with its window; see `ports.Throttle`."""

    def __init__(self, url: str, window: timedelta = WINDOW) -> None:
        self._url = url
        self._client = connect(url)
        self._window = window

    def fail(self, sender: str) -> None:
        """Count a failed attempt; raises UnreachableError."""
        key = keys.failures(sender)
        # One transaction, so that no counter is left without its end.
        with reaching(self._url), self._client.pipeline(transaction=True) as pipe:
            pipe.set(key, 0, px=self._window, nx=True)
            pipe.incr(key)
            pipe.execute()

    def wait(self, sender: str) -> timedelta | None:
        """Return how long *sender* must wait, or None; raises UnreachableError."""
        key = keys.failures(sender)
        with reaching(self._url), self._client.pipeline(transaction=True) as pipe:
            pipe.get(key)
            pipe.pttl(key)
            count, left_ms = cast(tuple[bytes | None, int], pipe.execute())
        if count is None or int(count) < MOST_FAILURES or left_ms <= 0:
            return None
        return left_ms * MILLISECOND
