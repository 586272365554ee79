"""The only place where the parts are wired together."""

from dataclasses import dataclass
from functools import cached_property

from celery import Celery

from airq_cron.broker import CeleryDispatcher, make_celery
from airq_cron.clock import Clock, SystemClock
from airq_cron.config import Settings
from airq_cron.domain.measurement import Origin
from airq_cron.errors import ConfigError, UnreachableError, without_password
from airq_cron.ports import BrokerFacts, Dispatcher, Heartbeats, Provider, Queues
from airq_cron.providers.attribution import attribution_lines
from airq_cron.providers.registry import OPEN_METEO, SANDBOX, make_provider
from airq_cron.store.store import SqlStore
from airq_cron.telemetry.client import check, connect
from airq_cron.telemetry.facts import read_facts
from airq_cron.telemetry.heartbeats import RedisHeartbeats
from airq_cron.telemetry.queues import RedisQueues

PATIENCE_S = 5.0


@dataclass(frozen=True)
class System:
    """
    Everything a process works with; nothing is connected before it is used.

    Attributes:
        patience_s: how long a write is repeated while the database is away.

    The parts are made at first use, so that a command that needs only the
    database runs without Redis, and a child process makes its own after a fork.
    """

    settings: Settings
    clock: Clock
    patience_s: float = 60.0

    @cached_property
    def store(self) -> SqlStore:
        """The SQL database."""
        return SqlStore(
            self.settings.database_address, self.clock, patience_s=self.patience_s
        )

    @cached_property
    def celery(self) -> Celery:
        """The Celery app of this process."""
        return make_celery(self.settings.redis_address)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Publishes messages through Celery."""
        return CeleryDispatcher(self.celery, self.clock)

    @cached_property
    def queues(self) -> Queues:
        """Reads the queues' lengths and ages."""
        return RedisQueues(self.settings.redis_address)

    @cached_property
    def heartbeats(self) -> Heartbeats:
        """Which processes are alive."""
        return RedisHeartbeats(self.settings.redis_address, self.clock)

    def broker_facts(self) -> BrokerFacts:
        """Return what Redis says of itself; raises UnreachableError."""
        return read_facts(self.settings.redis_address, self.clock)

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """The upstreams that can be asked, by id; the default one first."""
        name = self.settings.provider
        provider = make_provider(
            OPEN_METEO if name == "auto" else name,
            base_url=self.settings.open_meteo_url,
            clock=self.clock,
            contact=self.settings.contact,
            origin=Origin.REPLAYED if self.settings.sandbox_data else Origin.SYNTHETIC,
        )
        return {provider.id: provider}

    @cached_property
    def attributions(self) -> dict[str, str]:
        """The lines that licences want to be shown, by provider."""
        replayed = self.settings.sandbox_data
        return attribution_lines(
            self.clock.now().year, Origin.REPLAYED if replayed else Origin.SYNTHETIC
        )

    def check_redis(self) -> None:
        """Raise UnreachableError unless Redis answers within two seconds."""
        url = self.settings.redis_address
        check(connect(url), url)

    def check_parts(self, patience_s: float = PATIENCE_S) -> None:
        """
        Return when the database has our tables and Redis answers.

        A broker that is started beside us gets *patience_s* to come up.

        Raises:
            UnreachableError: one does not answer; names setting and address.
            ConfigError: the tables are older or newer than this version, or
                real air would be stored as the sandbox's.
        """
        if self.settings.provider == SANDBOX and self.settings.asks_open_meteo:
            raise ConfigError(
                "AIRQ_OPEN_METEO_URL",
                "must be the address of a sandbox (airq sandbox) with this provider",
            )
        self.store.check_schema()
        began = self.clock.monotonic()
        while True:
            try:
                return self.check_redis()
            except UnreachableError:
                if self.clock.monotonic() - began >= patience_s:
                    raise
            self.clock.wait(0.1)

    @property
    def redis_shown(self) -> str:
        """The broker's address without its password."""
        return without_password(self.settings.redis_address)


def build(
    settings: Settings, clock: Clock | None = None, *, patience_s: float = 60.0
) -> System:
    """Return the system for *settings*; see `System` for *patience_s*."""
    return System(settings, clock or SystemClock(), patience_s)
