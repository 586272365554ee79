"""`/metrics` for Prometheus: the whole fleet, whichever process answers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from flask import Response
from prometheus_client import CollectorRegistry, Metric, PlatformCollector
from prometheus_client import ProcessCollector as OwnProcess
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from airq_cron.domain.role import Role
from airq_cron.errors import StoreError, UnreachableError
from airq_cron.services.read_stats import read_stats
from airq_cron.system import System

from .area import Answer, Area
from .context import the_system
from .form_examples import METRICS
from .metric_families import Figures, families

T = TypeVar("T")
area = Area("metrics", "For Prometheus")


class FleetCollector(Collector):
    """Reads, at each scrape, what all processes have written."""

    def __init__(self, system: System) -> None:
        self._system = system

    def collect(self) -> Iterator[Metric]:
        """Yield every family; what cannot be read is absent, not an error."""
        system = self._system
        # Scores are no metrics here, and judging the queues is what costs most.
        desk = replace(system.overview_desk, health=None)
        yield from families(
            Figures(
                overview=_told(desk.sum_up),
                stats=_told(lambda: read_stats(system.store)),
                alive=_told(system.heartbeats.alive),
                queues=_told(system.counters.totals),
                answers=_told(system.counters.answer_totals),
            )
        )


def _told(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except (UnreachableError, StoreError):
        return None


@area.endpoint("GET", "/metrics", role=Role.VIEWER, answer=Answer(forms=METRICS))
def metrics() -> Response:
    """Give the figures of the fleet and of this process, in Prometheus' text form."""
    system = the_system()
    registry = CollectorRegistry(auto_describe=False)
    OwnProcess(registry=registry)
    PlatformCollector(registry=registry)
    if system.settings.metrics_collection:
        registry.register(FleetCollector(system))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
