"""What a queue did step by step: rates, percentiles, backlog and score; gaps stay."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.domain.buckets import percentile
from airq_cron.domain.health import gather
from airq_cron.domain.period import EPOCH, Period
from airq_cron.domain.tally import Bin, Step, merged
from airq_cron.errors import InvalidError

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
LENGTH = re.compile(r"([1-9][0-9]{0,5})([mhd])", re.ASCII)
SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
# More points than pixels tell nothing more, and a slope looks at all their pairs.
MOST_POINTS = 300
LONGEST = Step.HOUR.kept
# Minutes are kept a day; a longer window goes by hours.
FINEST_OF_A_DAY = Step.MINUTE.kept
USUAL_POINTS = 120
USUAL_STEPS = tuple(n * MINUTE for n in (1, 5, 10, 15, 30, 60, 180, 360, 720, 1440))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a queue stood at one moment; a score that is unknown is None."""

    at: datetime
    score: float | None
    waiting: int
    oldest_age_s: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """
    One step of a trend; what nobody watched is None, never zero.

    Attributes:
        throughput: messages done with, a minute.
        dwell_s, handling_s: `p50 p95 p99`.
        waiting: the most that were seen to wait.
        score: the mean of those kept.
    """

    start: datetime
    throughput: float | None
    arrivals: float | None
    failure_rate: float | None
    dwell_s: Mapping[str, float | None]
    handling_s: Mapping[str, float | None]
    waiting: int | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Grid:
    """The steps of a window, aligned to the epoch; the last holds the present."""

    period: Period
    step: timedelta

    @property
    def bins(self) -> Step:
        """Which of the two books has it."""
        fine = self.period.length <= FINEST_OF_A_DAY
        return Step.MINUTE if fine else Step.HOUR

    @property
    def starts(self) -> list[datetime]:
        """The begin of each step."""
        count = self.period.length // self.step
        return [self.period.start + number * self.step for number in range(count)]


def read_length(text: str, field: str) -> timedelta:
    """Return the length that *text* writes: `15m`, `6h`, `7d`; raises InvalidError."""
    found = LENGTH.fullmatch(text)
    if found is None:
        raise InvalidError(field, "must be a length such as 15m, 6h or 7d")
    return int(found[1]) * UNITS[found[2]]


def grid_of(window: timedelta, step: timedelta | None, at: datetime) -> Grid:
    """
    Return the steps of the *window* that ends with the step that holds *at*.

    Without *step*, the finest usual one that gives at most 120 points is taken.

    Raises:
        InvalidError: names `window` or `step`, and the bound that is passed.
    """
    if not MINUTE <= window <= LONGEST:
        raise InvalidError("window", "must lie between 1m and 90d")
    finest = MINUTE if window <= FINEST_OF_A_DAY else HOUR
    if step is None:
        usual = [one for one in USUAL_STEPS if one >= finest]
        step = next((s for s in usual if window / s <= USUAL_POINTS), usual[-1])
        step = min(step, max(window, finest))
    if step > window:
        raise InvalidError("step", "must not be longer than window")
    if step % finest:
        raise InvalidError("step", "must be whole hours when window is above 24h")
    if window / step > MOST_POINTS:
        raise InvalidError("step", f"makes more than {MOST_POINTS} points of window")
    end = EPOCH + ((at - EPOCH) // step + 1) * step
    return Grid(Period(end - -(-window // step) * step, end), step)


def points_of(
    grid: Grid,
    bins: Sequence[Bin | None],
    snapshots: Sequence[Snapshot],
    at: datetime,
) -> list[Point]:
    """
    Return a point for each step of *grid*.

    Args:
        bins: those of the window, of the book that the grid names.
        snapshots: those of the window, in any order.
    """
    counted: dict[int, list[Bin]] = {}
    seen: dict[int, list[Snapshot]] = {}
    for one in bins:
        if one is not None:
            counted.setdefault(_number(grid, one.start), []).append(one)
    for look in snapshots:
        seen.setdefault(_number(grid, look.at), []).append(look)
    length = grid.bins.length
    return [
        _point(start, counted.get(number, ()), seen.get(number, ()), length, at)
        for number, start in enumerate(grid.starts)
    ]


def _number(grid: Grid, at: datetime) -> int:
    return (at - grid.period.start) // grid.step


def _point(
    start: datetime,
    bins: Sequence[Bin],
    looks: Sequence[Snapshot],
    length: timedelta,
    at: datetime,
) -> Point:
    scores = [one.score for one in looks if one.score is not None]
    waiting = [one.waiting for one in looks]
    waiting += [one.waiting for one in bins if one.waiting is not None]
    found = merged(bins, start)
    facts = gather(bins, 0, None)
    minutes = (
        sum(
            (min(length, max(at - one.start, timedelta())) for one in bins), timedelta()
        )
        / MINUTE
    )
    return Point(
        start=start,
        throughput=found.total / minutes if minutes else None,
        arrivals=found.arrivals / minutes if minutes else None,
        failure_rate=None if facts is None else facts.failure_rate,
        dwell_s=_spread(found.dwell),
        handling_s=_spread(found.handling),
        waiting=max(waiting, default=None),
        score=sum(scores) / len(scores) if scores else None,
    )


def _spread(counts: Sequence[int]) -> dict[str, float | None]:
    return {name: percentile(counts, share) for name, share in SHARES.items()}
