"""Which processes are alive, told by themselves."""

import json
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from redis.client import Pipeline

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
        with reaching(self._url), self._client.pipeline(transaction=False) as pipe:
            ask_alive(pipe)
            (answer,) = pipe.execute()
        return read_alive(answer)


def ask_alive(pipe: Pipeline) -> None:
    """Ask for each name and its heartbeat, one after the other in one answer."""
    pipe.sort(keys.ALIVE, by="nosort", get=["#", keys.heartbeat("*")])


def read_alive(answer: list[bytes | None]) -> list[Heartbeat]:
    """Return what `ask_alive` was answered, by name; what ran out is left out."""
    pairs = zip(answer[0::2], answer[1::2], strict=True)
    found = [_parse(name.decode(), raw) for name, raw in pairs if name and raw]
    return sorted(found, key=attrgetter("name"))


def _parse(name: str, raw: bytes) -> Heartbeat:
    fields = json.loads(raw)
    return Heartbeat(
        name=name,
        role=fields["role"],
        at=datetime.fromtimestamp(fields["at"], UTC),
        detail=fields["detail"],
    )
