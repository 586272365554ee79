"""Calls of short windows and calls in flight, in Redis."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airq_cron.domain.quota import Refusal, Window
from airq_cron.telemetry import keys
from airq_cron.telemetry.client import connect, reaching
from airq_cron.telemetry.scripts import read_script

MILLISECOND = timedelta(milliseconds=1)
# Only who holds the lane gives it back: a lease may have passed to another.
LEAVE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisTraffic:
    """
    See `ports.Traffic`; every call is one round trip.

    Raises:
        UnreachableError: Redis does not answer.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = connect(url)
        self._take = self._client.register_script(read_script("quota"))
        self._leave = self._client.register_script(LEAVE)

    def take(
        self, provider: str, asked: Sequence[Window], tenths: int
    ) -> Refusal | None:
        """Count a call in every window, or in none when one has no room."""
        if not asked:
            return None
        values: list[int] = [tenths]
        for one in asked:
            values += [
                one.counts_for // MILLISECOND,
                one.bucket // MILLISECOND,
                one.limit,
            ]
        names = [keys.quota(provider, one.name) for one in asked]
        with reaching(self._url):
            number, wait, now = self._take(names, values)
        if not number:
            return None
        retry_at = datetime.fromtimestamp((now + wait) / 1000, UTC)
        return Refusal(asked[number - 1].name, retry_at)

    def used(self, provider: str, asked: Sequence[Window]) -> Mapping[str, int]:
        """Return the tenths that count now, by window; changes nothing."""
        with reaching(self._url), self._client.pipeline() as pipe:
            pipe.time()
            for one in asked:
                pipe.hgetall(keys.quota(provider, one.name))
            (seconds, micros), *found = pipe.execute()
        now = seconds * 1000 + micros // 1000
        return {
            one.name: _live(raw, one, now)
            for one, raw in zip(asked, found, strict=True)
        }

    def enter(self, lane: str, holder: str, lease: timedelta) -> bool:
        """Take the lane for at most *lease*; say whether it was free."""
        with reaching(self._url):
            taken = self._client.set(
                keys.lane(lane), holder, nx=True, px=lease // MILLISECOND
            )
        return bool(taken)

    def leave(self, lane: str, holder: str) -> None:
        """Give the lane back, if it is still ours."""
        with reaching(self._url):
            self._leave([keys.lane(lane)], [holder])

    def is_held(self, lane: str) -> bool:
        """Say whether a call is in flight there."""
        with reaching(self._url):
            return bool(self._client.exists(keys.lane(lane)))


def _live(raw: dict[bytes, Any], window: Window, now: int) -> int:
    length, bucket = window.counts_for // MILLISECOND, window.bucket // MILLISECOND
    return sum(
        int(count)
        for number, count in raw.items()
        if (int(number) + 1) * bucket + length > now
    )
