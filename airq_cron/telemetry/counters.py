"""
Counts in Redis: a hash for each queue and minute, hour, and in all.

| field | holds |
| --- | --- |
| `n:<outcome>` | messages by what became of them |
| `a` | arrivals |
| `d<i>`, `h<i>` | messages whose dwell, handling falls into bucket i |
| `ds`, `hs` | sums of dwell and handling, microseconds |
| `c` | 0; somebody was collecting |
| `w`, `o` | backlog: messages, age of the oldest in milliseconds (-1: none) |

In the hashes of the API's answers, `<route>|<status>|` stands before the field.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from redis.client import Pipeline

from airq_cron.domain.buckets import COUNT
from airq_cron.domain.job import Queue
from airq_cron.domain.period import EPOCH, Period
from airq_cron.domain.tally import MICROSECOND, Bin, Step, Tally
from airq_cron.ports import Answered, Batch
from airq_cron.telemetry import keys
from airq_cron.telemetry.client import connect, reaching
from airq_cron.telemetry.scripts import read_script

MILLISECOND = timedelta(milliseconds=1)
SEPARATOR = "|"
DWELL = tuple(f"d{i}".encode() for i in range(COUNT))
HANDLING = tuple(f"h{i}".encode() for i in range(COUNT))
Fields = Mapping[bytes, bytes]


class RedisCounters:
    """
    See `ports.Counters`; a flush is one round trip, and so is every question.

    Raises:
        UnreachableError: Redis does not answer.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = connect(url)
        self._script = self._client.register_script(read_script("flush"))

    def flush(self, batch: Batch) -> None:
        """Add *batch* in one step; all of it is added, or nothing."""
        if not batch:
            return
        added: dict[str, Counter[str]] = defaultdict(Counter)
        seen: dict[str, dict[str, int]] = defaultdict(dict)
        ttls: dict[str, timedelta] = {}
        for stem, minute, fields, state in _parts(batch):
            for name, ttl in _hashes(stem, minute):
                added[name].update(fields)
                seen[name] |= state
                ttls[name] = ttl
        parts = [(ttls[name] // MILLISECOND, added[name], seen[name]) for name in ttls]
        with reaching(self._url):
            self._script(list(ttls), [json.dumps(parts)])

    def window(
        self, queue: str, period: Period, *, step: Step = Step.MINUTE
    ) -> Sequence[Bin | None]:
        """Return one bin for each minute or hour that begins within *period*."""
        starts = step.starts(period)
        with reaching(self._url), self._client.pipeline(transaction=False) as pipe:
            ask_bins(pipe, queue, step, starts)
            return read_bins(starts, pipe.execute())

    def totals(self) -> Mapping[str, Bin]:
        """Return the sums by queue since counting began; they only grow."""
        found = self._read(keys.total(keys.count(queue.value)) for queue in Queue)
        return {
            queue.value: _bin(EPOCH, fields)
            for queue, fields in zip(Queue, found, strict=True)
            if fields
        }

    def answers(
        self, period: Period, *, step: Step = Step.MINUTE
    ) -> Mapping[Answered, Bin]:
        """Return what the API answered in *period*."""
        return self._answers(
            period.start,
            [keys.bin_of(keys.ANSWERS, step, start) for start in step.starts(period)],
        )

    def answer_totals(self) -> Mapping[Answered, Bin]:
        """Return the same since counting began."""
        return self._answers(EPOCH, [keys.total(keys.ANSWERS)])

    def _answers(self, start: datetime, names: list[str]) -> dict[Answered, Bin]:
        sums: dict[Answered, Counter[bytes]] = defaultdict(Counter)
        for fields in self._read(names):
            for name, value in fields.items():
                route, status, field = name.decode().split(SEPARATOR)
                sums[Answered(route, status)][field.encode()] += int(value)
        return {
            what: _bin(start, {k: str(v).encode() for k, v in found.items()})
            for what, found in sums.items()
        }

    def _read(self, names: Iterable[str]) -> list[Fields]:
        with reaching(self._url), self._client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hgetall(name)
            return cast(list[Fields], pipe.execute())


def ask_bins(
    pipe: Pipeline, queue: str, step: Step, starts: Iterable[datetime]
) -> None:
    """Ask for the bins of *queue* that begin at *starts*."""
    stem = keys.count(queue)
    for start in starts:
        pipe.hgetall(keys.bin_of(stem, step, start))


def read_bins(
    starts: Iterable[datetime], answers: Iterable[Fields]
) -> list[Bin | None]:
    """Return what `ask_bins` was answered; None where nobody was collecting."""
    return [
        _bin(start, fields) if fields else None
        for start, fields in zip(starts, answers, strict=True)
    ]


def _parts(
    batch: Batch,
) -> Iterator[tuple[str, datetime, dict[str, int], dict[str, int]]]:
    """Yield stem, minute, what to add and what to set, for each tally."""
    for (queue, minute), tally in batch.queues.items():
        state = {}
        if (backlog := batch.backlog.get((queue, minute))) is not None:
            waiting, oldest = backlog
            state = {"w": waiting, "o": -1 if oldest is None else oldest // MILLISECOND}
        yield keys.count(queue), minute, {"c": 0, **_fields(tally)}, state
    for (what, minute), tally in batch.answers.items():
        prefix = f"{what.route}{SEPARATOR}{what.status}{SEPARATOR}"
        fields = {prefix + name: value for name, value in _fields(tally).items()}
        yield keys.ANSWERS, minute, fields, {}


def _hashes(stem: str, minute: datetime) -> Iterator[tuple[str, timedelta]]:
    for step in Step:
        yield keys.bin_of(stem, step, step.floor(minute)), keys.COUNT_TTL[step]
    yield keys.total(stem), keys.TOTAL_TTL


def _fields(tally: Tally) -> dict[str, int]:
    """Return what *tally* adds to a hash, without zeros."""
    fields = {f"n:{name}": number for name, number in tally.counts.items()}
    fields |= {f"d{i}": number for i, number in enumerate(tally.dwell)}
    fields |= {f"h{i}": number for i, number in enumerate(tally.handling)}
    fields |= {
        "a": tally.arrivals,
        "ds": tally.dwell_sum // MICROSECOND,
        "hs": tally.handling_sum // MICROSECOND,
    }
    return {name: number for name, number in fields.items() if number}


def _bin(start: datetime, fields: Mapping[bytes, Any]) -> Bin:
    # Hundreds are read for one page, so each name is looked at once, and as bytes.
    known = dict(zip(fields, map(int, fields.values()), strict=True))
    find = known.get
    oldest_ms = find(b"o", -1)
    return Bin(
        start.astimezone(UTC),
        {
            name[2:].decode(): number
            for name, number in known.items()
            if name.startswith(b"n:")
        },
        arrivals=find(b"a", 0),
        dwell=tuple([find(name, 0) for name in DWELL]),
        handling=tuple([find(name, 0) for name in HANDLING]),
        dwell_sum_s=find(b"ds", 0) / 1e6,
        handling_sum_s=find(b"hs", 0) / 1e6,
        waiting=find(b"w"),
        oldest_age_s=None if oldest_ms < 0 else oldest_ms / 1000,
    )
