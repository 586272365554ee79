"""Which processes are alive, told by themselves."""

import json
from datetime import UTC, datetime, timedelta
from typing import cast

from airq_cron.clock import Clock
from airq_cron.ports import Heartbeat
from airq_cron.telemetry import keys
from airq_cron.telemetry.client import connect, reaching
from airq_cron.telemetry.clock_watch import ClockWatch


class RedisHeartbeats:
    """A key a process that runs out by itself, and one set of their names."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._client = connect(url)
        self._watch = ClockWatch(clock)

    def beat(self, heartbeat: Heartbeat, ttl: timedelta) -> None:
        """
        Say that a process is alive for *ttl*; names that ran out are removed.

        Its detail is given `clock_offset_s`, as the beat before has measured it.
        """
        with reaching(self._url):
            if self._watch.offset_s is None:
                self._watch.measure(self._client)
        offset = {"clock_offset_s": self._watch.offset_s}
        text = json.dumps(
            {
                "role": heartbeat.role,
                "at": heartbeat.at.timestamp(),
                "detail": heartbeat.detail | offset,
            }
        )
        with reaching(self._url), self._client.pipeline() as pipe:
            pipe.time()
            pipe.set(keys.heartbeat(heartbeat.name), text, px=ttl)
            pipe.zadd(keys.ALIVE, {heartbeat.name: (heartbeat.at + ttl).timestamp()})
            pipe.zremrangebyscore(keys.ALIVE, "-inf", heartbeat.at.timestamp() - 60)
            pipe.expire(keys.ALIVE, keys.ALIVE_TTL)
            began_s = self._watch.now_s()
            self._watch.compare(began_s, pipe.execute()[0])

    def leave(self, name: str) -> None:
        """Say that a process has stopped on purpose."""
        with reaching(self._url), self._client.pipeline() as pipe:
            pipe.delete(keys.heartbeat(name))
            pipe.zrem(keys.ALIVE, name)
            pipe.execute()

    def alive(self) -> list[Heartbeat]:
        """Return the processes whose heartbeat has not run out, by name."""
        with reaching(self._url):
            names, values = self._read()
        return [
            _parse(name, raw)
            for name, raw in zip(names, values, strict=True)
            if raw is not None
        ]

    def _read(self) -> tuple[list[str], list[bytes | None]]:
        listed = cast(list[bytes], self._client.zrange(keys.ALIVE, 0, -1))
        names = sorted(raw.decode() for raw in listed)
        if not names:
            return [], []
        wanted = [keys.heartbeat(name) for name in names]
        return names, cast(list[bytes | None], self._client.mget(wanted))


def _parse(name: str, raw: bytes) -> Heartbeat:
    fields = json.loads(raw)
    return Heartbeat(
        name=name,
        role=fields["role"],
        at=datetime.fromtimestamp(fields["at"], UTC),
        detail=fields["detail"],
    )
