"""What each of a job's last runs came to, as bars; nothing where it never began."""

from collections.abc import Sequence

import pygal

from airq_cron.domain.run import Run

from .drawing import Theme, finish, options

LABELS = 6


def draw_punctuality(job: str, runs: Sequence[Run], theme: Theme) -> bytes:
    """Draw how long after its fire time each run began, oldest first."""
    late = [
        None
        if run.started_at is None
        else (run.started_at - run.scheduled_for).total_seconds()
        for run in runs
    ]
    return _draw(f"{job}: start after fire time", runs, late, theme)


def draw_durations(job: str, runs: Sequence[Run], theme: Theme) -> bytes:
    """Draw how long each run took that has begun and ended, oldest first."""
    took = [
        None
        if run.started_at is None or run.finished_at is None
        else (run.finished_at - run.started_at).total_seconds()
        for run in runs
    ]
    return _draw(f"{job}: from start to end", runs, took, theme)


def _draw(
    title: str, runs: Sequence[Run], lengths_s: Sequence[float | None], theme: Theme
) -> bytes:
    every = max(1, -(-len(runs) // LABELS))
    chart = pygal.Bar(
        **options(theme),
        show_legend=False,
        title=title,
        y_title="s",
        truncate_label=-1,
        show_minor_x_labels=False,
        x_labels_major_every=every,
    )
    chart.x_labels = [f"{run.scheduled_for:%d %H:%M}" for run in runs]
    chart.add(
        title,
        [
            None if length is None else {"value": round(max(0.0, length), 3)}
            for length in lengths_s
        ],
    )
    return finish(chart)
