"""How the parts are wired by which people and alerts see how everything does."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property

from airq_cron.clock import Clock
from airq_cron.config import Settings
from airq_cron.ports import (
    Counters,
    Heartbeats,
    IndexProvider,
    Lookout,
    Provider,
    Queues,
    Snapshots,
    Store,
)
from airq_cron.services.read_breakers import Desk
from airq_cron.services.read_queue_health import HealthDesk
from airq_cron.services.read_trends import TrendDesk
from airq_cron.services.recommend import Adviser
from airq_cron.services.sum_up import OverviewDesk
from airq_cron.telemetry.counters import RedisCounters
from airq_cron.telemetry.heartbeats import RedisHeartbeats
from airq_cron.telemetry.lookout import RedisLookout
from airq_cron.telemetry.queues import RedisQueues
from airq_cron.telemetry.snapshots import RedisSnapshots


class Looking(ABC):
    """
    The part of the system that looks, and changes nothing.

    What it looks at besides is the system's own.
    """

    settings: Settings
    clock: Clock

    @property
    @abstractmethod
    def store(self) -> Store:
        """The SQL database."""

    @property
    @abstractmethod
    def upstreams(self) -> Mapping[str, Provider | IndexProvider]:
        """Everybody who can be asked, by id; the default one first."""

    @property
    @abstractmethod
    def breaker_desk(self) -> Desk:
        """Where people see and steer breakers."""

    @cached_property
    def queues(self) -> Queues:
        """Reads the queues' lengths and ages."""
        return RedisQueues(self.settings.redis_address)

    @cached_property
    def heartbeats(self) -> Heartbeats:
        """Which processes are alive."""
        return RedisHeartbeats(self.settings.redis_address, self.clock)

    @cached_property
    def counters(self) -> Counters:
        """What queues and the API did, by minute and hour."""
        return RedisCounters(self.settings.redis_address)

    @cached_property
    def lookout(self) -> Lookout:
        """Sees queues, processes, breakers and counts at one moment."""
        return RedisLookout(self.settings.redis_address)

    @cached_property
    def health_desk(self) -> HealthDesk:
        """Where people see how queues do."""
        counted, limits = self.settings.metrics_collection, self.settings.queue_limits
        return HealthDesk(
            self.store, self.queues, self.counters, self.heartbeats, counted, limits
        )

    @cached_property
    def overview_desk(self) -> OverviewDesk:
        """Where people see everything at one moment."""
        return OverviewDesk(
            self.store,
            self.lookout,
            self.clock,
            self.upstreams,
            self.breaker_desk,
            self.health_desk,
        )

    @cached_property
    def snapshots(self) -> Snapshots:
        """How queues stood, moment after moment."""
        return RedisSnapshots(self.settings.redis_address)

    @cached_property
    def trend_desk(self) -> TrendDesk:
        """Where people see what became of queues."""
        return TrendDesk(self.counters, self.snapshots, self.settings.histograms_off)

    @cached_property
    def adviser(self) -> Adviser:
        """Who says what would help a queue."""
        names, off = self.breaker_desk.names, self.settings.histograms_off
        return Adviser(self.health_desk, lambda: next(iter(names), None), off)
