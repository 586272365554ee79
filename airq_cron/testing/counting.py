"""What is counted and kept of queues, in memory."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta

from airq_cron.domain.period import EPOCH, Period
from airq_cron.domain.tally import Bin, Step, Tally, merged
from airq_cron.domain.trend import Snapshot
from airq_cron.errors import UnreachableError
from airq_cron.ports import Answered, Batch


class Breakable:
    """What stands in for Redis, which may be away."""

    broken = False

    def _check(self) -> None:
        if self.broken:
            raise UnreachableError("AIRQ_REDIS_URL", "redis://nowhere/0", "is broken")


class MemoryCounters(Breakable):
    """
    Counters kept in memory; nothing in them runs out.

    Attributes:
        broken: whether they are out of reach.
    """

    def __init__(self) -> None:
        self._batches: list[Batch] = []

    def flush(self, batch: Batch) -> None:
        """Add *batch*; raises UnreachableError when broken."""
        self._check()
        if batch:
            self._batches.append(deepcopy(batch))

    def forget(self) -> None:
        """Lose everything, as an emptied Redis does."""
        self._batches.clear()

    def window(
        self, queue: str, period: Period, *, step: Step = Step.MINUTE
    ) -> Sequence[Bin | None]:
        """Return one bin for each minute or hour; raises UnreachableError."""
        self._check()
        kept: dict[datetime, list[Bin]] = defaultdict(list)
        for minute, found in self._queue_bins(queue):
            kept[step.floor(minute)].append(found)
        return [
            merged(kept[start], start) if start in kept else None
            for start in step.starts(period)
        ]

    def totals(self) -> Mapping[str, Bin]:
        """Return the sums by queue; raises UnreachableError when broken."""
        self._check()
        names = {name for batch in self._batches for name, _ in batch.queues}
        return {
            name: merged([found for _, found in self._queue_bins(name)], EPOCH)
            for name in sorted(names)
        }

    def answers(
        self, period: Period, *, step: Step = Step.MINUTE
    ) -> Mapping[Answered, Bin]:
        """Return what was answered in *period*; raises UnreachableError."""
        starts = step.starts(period)
        return self._answers(period.start, lambda minute: step.floor(minute) in starts)

    def answer_totals(self) -> Mapping[Answered, Bin]:
        """Return all answers; raises UnreachableError when broken."""
        return self._answers(EPOCH, lambda _: True)

    def _queue_bins(self, queue: str) -> list[tuple[datetime, Bin]]:
        return sorted(
            (
                (minute, _bin_of(minute, tally, batch.backlog.get((queue, minute))))
                for batch in self._batches
                for (name, minute), tally in batch.queues.items()
                if name == queue
            ),
            key=lambda pair: pair[0],
        )

    def _answers(
        self, start: datetime, wanted: Callable[[datetime], bool]
    ) -> dict[Answered, Bin]:
        self._check()
        kept: dict[Answered, list[Bin]] = defaultdict(list)
        for batch in self._batches:
            for (what, minute), tally in batch.answers.items():
                if wanted(minute):
                    kept[what].append(_bin_of(minute, tally))
        return {what: merged(found, start) for what, found in kept.items()}


class MemorySnapshots(Breakable):
    """
    Snapshots kept in memory; nothing in them runs out.

    Attributes:
        broken: whether they are out of reach.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, datetime], Snapshot] = {}

    def keep(self, found: Mapping[str, Snapshot], ttl: timedelta) -> int:
        """Keep those that are new; raises UnreachableError when broken."""
        del ttl
        self._check()
        before = len(self._kept)
        for queue, one in found.items():
            self._kept.setdefault((queue, one.at), one)
        return len(self._kept) - before

    def between(self, queue: str, period: Period) -> Sequence[Snapshot]:
        """Return those within *period*; raises UnreachableError when broken."""
        self._check()
        return [
            self._kept[key]
            for key in sorted(self._kept)
            if key[0] == queue and key[1] in period
        ]


def _bin_of(
    start: datetime, tally: Tally, backlog: tuple[int, timedelta | None] | None = None
) -> Bin:
    waiting, oldest = backlog or (None, None)
    return Bin(
        start,
        dict(tally.counts),
        arrivals=tally.arrivals,
        dwell=tuple(tally.dwell),
        handling=tuple(tally.handling),
        dwell_sum_s=tally.dwell_sum.total_seconds(),
        handling_sum_s=tally.handling_sum.total_seconds(),
        waiting=waiting,
        oldest_age_s=None if oldest is None else oldest.total_seconds(),
    )
