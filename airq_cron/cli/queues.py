"""`airq queues`: how queues do, what holds them up, what would help."""

from collections.abc import Iterator, Mapping, Sequence

import click

from airq_cron.cli.paging import JSON
from airq_cron.cli.queue_documents import (
    advice_document,
    bottlenecks_document,
    queue_document,
    queues_document,
    trend_document,
)
from airq_cron.cli.session import console, open_system, print_json
from airq_cron.cli.tables import cell, length, show_fields, show_table
from airq_cron.domain.bottleneck import Bottleneck
from airq_cron.domain.capacity import Capacity
from airq_cron.domain.slope import Slope
from airq_cron.domain.trend import read_length
from airq_cron.services.read_queue_health import QueueHealth
from airq_cron.services.read_trends import SERIES, Trend

BARS = "▁▂▃▄▅▆▇█"
# A step that nobody watched; a blank would look like a zero, or vanish.
GAP = "·"
UNITS = {
    "throughput": "messages/min",
    "failure_rate": "of runs",
    "dwell_p95_s": "s",
    "handling_p95_s": "s",
    "waiting": "messages",
    "score": "",
}


@click.group("queues")
def queues() -> None:
    """See how queues do, what holds them up, and what would help."""


@queues.command("list")
@JSON
def list_queues(*, as_json: bool) -> None:
    """List queues with score, backlog and the worst that holds them up."""
    found = open_system().health_desk.every()
    if as_json:
        print_json(queues_document(found))
        return
    titles = ("Name", "Score", "Confidence", "Waiting", "Oldest", "Running")
    show_table((*titles, "Workers", "Worst bottleneck"), map(_row, found.queues))


@queues.command("show")
@click.argument("name")
@JSON
def show(name: str, *, as_json: bool) -> None:
    """Show one queue: its terms, its capacity, and what holds it up."""
    line = open_system().health_desk.one(name)
    if as_json:
        print_json(queue_document(line))
        return
    health = line.health
    show_fields(
        {
            "name": line.name,
            "score": _number(health.score),
            "confidence": health.confidence.value,
            "waiting": line.waiting,
            "oldest": _length(line.oldest_age_s),
            "running": line.in_flight,
            "failure rate": _share(line.failure_rate),
            **(_capacity(line.capacity) if line.capacity else {}),
        }
    )
    if health.terms:
        click.echo()
        show_table(
            ("Term", "Measured", "Gives", "Of", "Samples", "Confidence"),
            (
                (
                    term.name,
                    _number(term.input),
                    _number(term.contribution),
                    _number(term.weight),
                    term.samples,
                    term.confidence.value,
                )
                for term in health.terms
            ),
        )
    if line.bottlenecks:
        click.echo()
        _show_bottlenecks(line.bottlenecks)


@queues.command("bottlenecks")
@JSON
def bottlenecks(*, as_json: bool) -> None:
    """List what holds any queue up, the worst first."""
    found = open_system().health_desk.every().bottlenecks
    if as_json:
        print_json(bottlenecks_document(found))
    elif found:
        _show_bottlenecks(found)
    else:
        click.echo("No bottlenecks.")


@queues.command("recommend")
@click.argument("name")
@JSON
def recommend(name: str, *, as_json: bool) -> None:
    """Say what would help a queue, why, and what to type."""
    found = open_system().adviser.advise(name)
    if as_json:
        print_json(advice_document(found))
        return
    if not found.items:
        click.echo("Nothing is needed.")
    for number, one in enumerate(found.items):
        if number:
            click.echo()
        console().print(cell(one.severity.value), one.title, markup=False)
        request = one.request
        show_fields(
            {f"  {name}": _figure(value) for name, value in one.evidence.items()}
            | {"  effect": one.effect}
            | ({"  request": f"{request.method} {request.path}"} if request else {})
            | ({"  type": one.command} if one.command else {})
        )


@queues.command("trends")
@click.argument("name")
@click.option("--window", default="6h", show_default=True, help="How far back: 1m-90d.")
@click.option("--step", help="Length of a point; left out, about 120 are shown.")
@JSON
def trends(name: str, window: str, step: str | None, *, as_json: bool) -> None:
    """Show where a queue is heading, as a line for each series; a dot is a gap."""
    system = open_system()
    found = system.trend_desk.trend(
        name,
        system.clock.now(),
        window=read_length(window, "--window"),
        step=None if step is None else read_length(step, "--step"),
    )
    if as_json:
        print_json(trend_document(found))
        return
    titles = ("Series", "Last", "Unit", "Per hour", "Direction", "Confidence")
    show_table((*titles, _span(found)), _trend_rows(found))
    drain = found.drain_s
    if drain:
        click.echo(f"\nThe backlog is gone in {length(drain)}, as it falls now.")


def sparkline(values: Sequence[float | None]) -> str:
    """Return a bar for each value, from the least to the largest; a gap is a dot."""
    known = [value for value in values if value is not None]
    least, largest = min(known, default=0.0), max(known, default=0.0)
    reach = largest - least

    def bar(value: float | None) -> str:
        if value is None:
            return GAP
        if reach <= 0:
            # What never changed lies at the bottom when it is nothing.
            return BARS[0] if value == 0 else BARS[len(BARS) // 2]
        return BARS[round((value - least) / reach * (len(BARS) - 1))]

    return "".join(map(bar, values))


def _trend_rows(found: Trend) -> Iterator[Sequence[object]]:
    for name, read in SERIES.items():
        values = [read(point) for point in found.points]
        last = next((one for one in reversed(values) if one is not None), None)
        yield (
            name,
            _number(last),
            UNITS[name],
            *_slope(found.slopes[name]),
            sparkline(values),
        )


def _slope(slope: Slope | None) -> tuple[str | None, str | None, str | None]:
    if slope is None:
        return None, None, None
    return f"{slope.per_hour:+.3g}", slope.direction.value, slope.confidence.value


def _span(found: Trend) -> str:
    grid = found.grid
    window, step = grid.period.length, grid.step
    return f"{length(window.total_seconds())} by {length(step.total_seconds())}"


def _row(line: QueueHealth) -> Sequence[object]:
    worst = line.bottlenecks[0] if line.bottlenecks else None
    return (
        line.name,
        _number(line.health.score),
        line.health.confidence.value,
        line.waiting,
        _length(line.oldest_age_s),
        line.in_flight,
        line.capacity and line.capacity.workers,
        worst and f"{worst.severity.value}: {worst.kind.value}",
    )


def _capacity(found: Capacity) -> Mapping[str, object]:
    return {
        "arrivals a second": _number(found.arrival_rate),
        "one worker does": _number(found.service_rate),
        "utilisation": _share(found.utilisation),
        "workers": found.workers,
        "workers needed": found.workers_needed,
        "drained in": _length(found.drain_s),
    }


def _show_bottlenecks(found: Sequence[Bottleneck]) -> None:
    show_table(
        ("Severity", "Queue", "Kind", "What", "Confidence"),
        (
            (
                one.severity.value,
                one.queue,
                one.kind.value,
                one.message,
                one.confidence.value,
            )
            for one in found
        ),
    )


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.3g}"


def _figure(value: float | str | None) -> str | None:
    return value if isinstance(value, str) else _number(value)


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.1%}"


def _length(seconds: float | None) -> str | None:
    return None if seconds is None else length(seconds)
