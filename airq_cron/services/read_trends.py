"""Read where a queue is heading: its past step by step, and the slopes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.domain.slope import Slope, seconds_to_zero, slope_of
from airq_cron.domain.trend import Grid, Point, grid_of, points_of
from airq_cron.ports import Counters, Snapshots
from airq_cron.services.read_queue_health import check_queue
from airq_cron.services.recommend import refuse_when_off

WINDOW = timedelta(hours=6)
# Of each, whether it gets better or worse is asked.
SERIES: Mapping[str, Callable[[Point], float | None]] = {
    "throughput": lambda point: point.throughput,
    "failure_rate": lambda point: point.failure_rate,
    "dwell_p95_s": lambda point: point.dwell_s["p95"],
    "handling_p95_s": lambda point: point.handling_s["p95"],
    "waiting": lambda point: point.waiting,
    "score": lambda point: point.score,
}


@dataclass(frozen=True, slots=True)
class Trend:
    """
    Where a queue is heading.

    Attributes:
        slopes: by series; None where fewer than 5 points are known.
        drain_s: until the backlog is gone, if it goes on to fall as it does; 0
            when nothing waits, None when it does not fall.
    """

    queue: str
    grid: Grid
    points: Sequence[Point]
    slopes: Mapping[str, Slope | None]
    drain_s: float | None
    as_of: datetime

    @property
    def gaps(self) -> int:
        """How many steps nobody watched."""
        return sum(
            point.throughput is None and point.waiting is None for point in self.points
        )


@dataclass(frozen=True, slots=True)
class TrendDesk:
    """
    Where people see what became of queues.

    Attributes:
        off: the flag that switches off what trends are made of; None when there
            is none.
    """

    counters: Counters
    snapshots: Snapshots
    off: str | None = None

    def trend(
        self,
        name: str,
        at: datetime,
        *,
        window: timedelta = WINDOW,
        step: timedelta | None = None,
    ) -> Trend:
        """
        Return the trend of the queue *name* up to *at*.

        Raises:
            NotFoundError: no such queue; tells those there are.
            InvalidError: names `window` or `step`, and the bound that is passed.
            ConflictError: a flag switches off what it would be made of.
            UnreachableError: Redis does not answer.
        """
        check_queue(name)
        grid = grid_of(window, step, at)
        refuse_when_off(self.off, "trends")
        bins = self.counters.window(name, grid.period, step=grid.bins)
        looks = self.snapshots.between(name, grid.period)
        points = points_of(grid, bins, looks, at)
        slopes = {series: _slope(points, read) for series, read in SERIES.items()}
        last = next(
            (p.waiting for p in reversed(points) if p.waiting is not None), None
        )
        return Trend(
            queue=name,
            grid=grid,
            points=points,
            slopes=slopes,
            drain_s=seconds_to_zero(last, slopes["waiting"]),
            as_of=at,
        )


def _slope(
    points: Sequence[Point], read: Callable[[Point], float | None]
) -> Slope | None:
    return slope_of([(point.start.timestamp(), read(point)) for point in points])
