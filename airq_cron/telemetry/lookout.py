"""Everything that an overview needs from Redis, in one MULTI."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from airq_cron.domain.job import Queue
from airq_cron.domain.period import Period
from airq_cron.domain.tally import Step
from airq_cron.ports import Sighting
from airq_cron.telemetry.breakers import ask_breaker, read_breaker
from airq_cron.telemetry.client import connect, reaching
from airq_cron.telemetry.counters import ask_bins, read_bins
from airq_cron.telemetry.heartbeats import ask_alive, read_alive
from airq_cron.telemetry.queues import ask_states, read_states


class RedisLookout:
    """See `ports.Lookout`; one round trip, whatever waits and whatever was."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = connect(url)

    def look(
        self, at: datetime, *, breakers: Iterable[str] = (), counted: Period | None
    ) -> Sighting:
        """Return what there is; raises UnreachableError."""
        names = list(breakers)
        starts = [] if counted is None else Step.MINUTE.starts(counted)
        queues = [queue.value for queue in Queue]
        with reaching(self._url), self._client.pipeline(transaction=True) as pipe:
            asked = ask_states(pipe)
            ask_alive(pipe)
            for name in names:
                ask_breaker(pipe, name)
            for queue in queues:
                ask_bins(pipe, queue, Step.MINUTE, starts)
            answers = iter(pipe.execute())
        return Sighting(
            queues=read_states(list(islice(answers, asked)), at),
            alive=read_alive(next(answers)),
            breakers={name: read_breaker(next(answers)) for name in names},
            counts={
                queue: read_bins(starts, islice(answers, len(starts)))
                for queue in queues
            }
            if starts
            else {},
        )
