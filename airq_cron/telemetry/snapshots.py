"""
Scores and backlogs in Redis: a hash for each queue and hour.

A field is the second within the hour, its value score, messages and age of the
oldest in milliseconds, with commas between; what is unknown is empty.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from airq_cron.domain.period import HOUR, Period, floor_hour
from airq_cron.domain.trend import Snapshot
from airq_cron.telemetry import keys
from airq_cron.telemetry.client import connect, reaching

SECOND = timedelta(seconds=1)
Fields = Mapping[bytes, bytes]


class RedisSnapshots:
    """
    See `ports.Snapshots`; keeping all queues is one round trip, and so is reading.

    Raises:
        UnreachableError: Redis does not answer.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = connect(url)

    def keep(self, found: Mapping[str, Snapshot], ttl: timedelta) -> int:
        """Keep how each queue stood; the first that comes stays."""
        with reaching(self._url), self._client.pipeline(transaction=False) as pipe:
            for queue, one in found.items():
                hour = floor_hour(one.at)
                name = keys.snapshots(queue, hour)
                pipe.hsetnx(name, str((one.at - hour) // SECOND), _written(one))
                # The last of an hour is to be there as long as the first.
                pipe.pexpire(name, ttl + HOUR)
            answers = pipe.execute()
        return sum(int(new) for new in answers[0::2])

    def between(self, queue: str, period: Period) -> Sequence[Snapshot]:
        """Return those within *period*, oldest first."""
        first = floor_hour(period.start)
        count = max(0, -((first - period.end) // HOUR))
        hours = [first + number * HOUR for number in range(count)]
        with reaching(self._url), self._client.pipeline(transaction=False) as pipe:
            for hour in hours:
                pipe.hgetall(keys.snapshots(queue, hour))
            answers = cast(list[Fields], pipe.execute())
        found = [
            _read(hour, second, value)
            for hour, fields in zip(hours, answers, strict=True)
            for second, value in fields.items()
        ]
        return sorted((one for one in found if one.at in period), key=_instant)


def _instant(one: Snapshot) -> datetime:
    return one.at


def _written(one: Snapshot) -> str:
    score = "" if one.score is None else f"{one.score:.6f}"
    age = "" if one.oldest_age_s is None else f"{one.oldest_age_s * 1000:.0f}"
    return f"{score},{one.waiting},{age}"


def _read(hour: datetime, second: bytes, value: bytes) -> Snapshot:
    score, waiting, age = value.decode().split(",")
    return Snapshot(
        at=hour + int(second) * SECOND,
        score=float(score) if score else None,
        waiting=int(waiting),
        oldest_age_s=int(age) / 1000 if age else None,
    )
