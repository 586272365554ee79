"""What `/metrics` shows, as Prometheus names it; the values are the fleet's."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from airq_cron import __version__
from airq_cron.domain.breaker import BreakerState
from airq_cron.domain.buckets import BOUNDS_S
from airq_cron.domain.tally import Bin
from airq_cron.ports import Answered, Heartbeat
from airq_cron.services.overview import Overview
from airq_cron.services.read_breakers import BreakerLine
from airq_cron.services.read_stats import JobStats

# More jobs or places than this are not told apart: their number is not ours.
MOST_SERIES = 500
Rows = Iterable[tuple[tuple[str, ...], float | None]]


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What one scrape shows; None is what could not be read.

    Attributes:
        queues, answers: totals, which only grow.
    """

    overview: Overview | None
    stats: JobStats | None
    alive: list[Heartbeat] | None
    queues: Mapping[str, Bin] | None
    answers: Mapping[Answered, Bin] | None


def families(found: Figures) -> Iterator[Metric]:
    """Yield every family; one without a known value has no samples."""
    yield _gauge("airq_build_info", "Version of airq-cron.", ("version",),
                 [((__version__,), 1)])  # fmt: skip
    yield _gauge(
        "airq_up", "Whether a part could be read by this scrape.", ("part",),
        [(("database",), found.stats is not None),
         (("redis",), found.queues is not None)],
    )  # fmt: skip
    yield from _queue_families(found.queues or {})
    yield from _backlog_families(found.overview)
    yield from _job_families(found.stats)
    yield from _process_families(found.alive or [])
    yield from _watch_families(found.overview)
    yield from _answer_families(found.answers or {})


def _queue_families(queues: Mapping[str, Bin]) -> Iterator[Metric]:
    ends = [
        ((queue, outcome), number)
        for queue, one in queues.items()
        for outcome, number in sorted(one.counts.items())
    ]
    yield _counter(
        "airq_queue_messages",
        "Messages done with, by the state in which they left their run.",
        ("queue", "outcome"),
        ends,
    )
    yield _counter(
        "airq_queue_arrivals",
        "Messages published.",
        ("queue",),
        [((queue,), one.arrivals) for queue, one in queues.items()],
    )
    dwell = _histogram(
        "airq_queue_dwell_seconds", "How long messages waited.", ("queue",)
    )
    handling = _histogram(
        "airq_queue_handling_seconds", "How long executing took.", ("queue",)
    )
    for queue, one in queues.items():
        dwell.add_metric([queue], _buckets(one.dwell), one.dwell_sum_s)
        handling.add_metric([queue], _buckets(one.handling), one.handling_sum_s)
    yield dwell
    yield handling


def _backlog_families(overview: Overview | None) -> Iterator[Metric]:
    lines = overview.queues if overview else ()
    for name, doc, of in (
        ("waiting", "Messages that wait.", [one.waiting for one in lines]),
        (
            "oldest_age_seconds",
            "Age of the oldest message that waits; absent without one.",
            [one.oldest_age_s for one in lines],
        ),
        ("in_flight", "Runs that are running.", [one.in_flight for one in lines]),
        (
            "consumers",
            "Workers that take from it.",
            [len(one.consumers) for one in lines],
        ),
    ):
        rows = [((line.name,), value) for line, value in zip(lines, of, strict=True)]
        yield _gauge(f"airq_queue_{name}", doc, ("queue",), rows)


def _job_families(stats: JobStats | None) -> Iterator[Metric]:
    jobs = stats.jobs[:MOST_SERIES] if stats else ()
    yield _counter(
        "airq_job_runs",
        "Runs that ended, by state; failed contains dead.",
        ("job", "state"),
        [
            ((one.job.name, state), number)
            for one in jobs
            for state, number in one.totals.items()
            if state != "total"
        ],
    )
    yield _gauge(
        "airq_job_enabled",
        "Whether the job fires.",
        ("job",),
        [((one.job.name,), one.job.enabled) for one in jobs],
    )
    yield _gauge(
        "airq_job_next_run_timestamp_seconds",
        "When it fires next; absent when it does not.",
        ("job",),
        [((one.job.name,), _stamp(one.next_run_at)) for one in jobs],
    )
    ends = [
        (one.job.name, one.last_run.state.value, one.last_run.finished_at)
        for one in jobs
        if one.last_run is not None
    ]
    yield _gauge(
        "airq_job_last_end_timestamp_seconds",
        "When its last run ended, and how.",
        ("job", "state"),
        [((name, state), _stamp(at)) for name, state, at in ends],
    )


def _process_families(alive: list[Heartbeat]) -> Iterator[Metric]:
    roles = {"worker": 0, "beat": 0}
    for one in alive:
        roles[one.role] = roles.get(one.role, 0) + 1
    yield _gauge(
        "airq_processes",
        "Processes that say they are alive.",
        ("role",),
        [((role,), number) for role, number in sorted(roles.items())],
    )
    for name, doc in (
        ("children", "Children in the pools of all workers."),
        ("busy", "Children that are executing."),
    ):
        value = sum(one.detail.get(name, 0) for one in alive)
        yield _gauge(f"airq_pool_{name}", doc, (), [((), value)])
    sent = [at for one in alive if (at := one.detail.get("last_dispatch_at"))]
    yield _gauge(
        "airq_beat_last_dispatch_timestamp_seconds",
        "When a beat last published something.",
        (),
        [((), max(sent, default=None))],
    )
    # One process speaks for its host: the one with the newest sign of life.
    hosts = {
        str(one.detail.get("host")): one.detail["machine"]
        for one in sorted(alive, key=lambda one: one.at)
        if "machine" in one.detail
    }
    for field, name, doc, factor in (
        ("cpu_percent", "cpu_ratio", "Processor time in use, of all cores.", 0.01),
        ("memory_percent", "memory_ratio", "Memory in use.", 0.01),
        ("load_1m", "load1", "Load over one minute.", 1),
        ("disk_free_bytes", "disk_free_bytes", "Free for the data directory.", 1),
    ):
        rows: Rows = [
            ((host,), machine[field] * factor)
            for host, machine in hosts.items()
            if field in machine
        ]
        yield _gauge(f"airq_host_{name}", doc, ("host",), rows)


def _watch_families(overview: Overview | None) -> Iterator[Metric]:
    breakers: tuple[BreakerLine, ...] = overview.breakers if overview else ()
    yield _gauge(
        "airq_breaker_open",
        "Whether calls to the provider are refused.",
        ("provider",),
        [((one.name,), one.state is BreakerState.OPEN) for one in breakers],
    )
    places = overview.locations[:MOST_SERIES] if overview else ()
    yield _gauge(
        "airq_location_data_age_seconds",
        "Age of its newest hour; absent without data.",
        ("location",),
        [((one.location.id,), one.age_s) for one in places if one.location.enabled],
    )


def _answer_families(answers: Mapping[Answered, Bin]) -> Iterator[Metric]:
    times = _histogram(
        "airq_http_request_duration_seconds",
        "How long answers of the API took.",
        ("route", "status"),
    )
    for what, one in sorted(answers.items()):
        times.add_metric(list(what), _buckets(one.handling), one.handling_sum_s)
    yield times


def _gauge(name: str, doc: str, labels: tuple[str, ...], rows: Rows) -> Metric:
    family = GaugeMetricFamily(name, doc, labels=labels)
    for values, value in rows:
        if value is not None:
            family.add_metric(values, float(value))
    return family


def _counter(name: str, doc: str, labels: tuple[str, ...], rows: Rows) -> Metric:
    family = CounterMetricFamily(name, doc, labels=labels)
    for values, value in rows:
        if value is not None:
            family.add_metric(values, float(value))
    return family


def _histogram(name: str, doc: str, labels: tuple[str, ...]) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, doc, labels=labels)


def _buckets(counts: Iterable[int]) -> list[tuple[str, float]]:
    """Return what lies at or below each bound, which is how Prometheus counts."""
    bounds = [*(str(bound) for bound in BOUNDS_S), "+Inf"]
    return list(zip(bounds, map(float, accumulate(counts)), strict=True))


def _stamp(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
