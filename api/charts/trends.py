"""Where a queue is heading, as a line; where nobody watched there is none."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pygal

from airq_cron.domain.trend import Point
from airq_cron.services.read_trends import Trend

from .drawing import Theme, finish, options

DAY = timedelta(days=1)
LABELS = 6
# Of each series its unit, and how it is read.
DRAWN: Mapping[str, tuple[str, Callable[[Point], float | None]]] = {
    "waiting": ("messages that wait", lambda point: point.waiting),
    "throughput": ("messages a minute", lambda point: point.throughput),
    "handling": ("s of an execution, 95 %", lambda point: point.handling_s["p95"]),
    "score": ("health, 0 to 1", lambda point: point.score),
}


def draw_trend(trend: Trend, series: str, theme: Theme) -> bytes:
    """Draw one of `DRAWN` over the window of *trend*, in UTC."""
    unit, read = DRAWN[series]
    points = trend.points
    form = "%H:%M" if trend.grid.period.length <= DAY else "%d %b"
    chart = pygal.Line(
        **options(theme) | {"dots_size": 1.5},
        show_legend=False,
        title=f"{trend.queue}: {unit}",
        truncate_label=-1,
        show_minor_x_labels=False,
        x_labels_major_every=max(1, -(-len(points) // LABELS)),
        range=(0, 1) if series == "score" else None,
    )
    chart.x_labels = [f"{point.start:{form}}" for point in points]
    chart.add(unit, [_dot(read(point)) for point in points])
    return finish(chart)


def _dot(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
