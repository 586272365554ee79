"""The only place where the parts are wired together."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from celery import Celery

from airq_cron.breaker.fallback import FallbackStorage
from airq_cron.breaker.fleet import ChangeListener, FleetBreaker
from airq_cron.breaker.guard import GuardedIndexProvider, GuardedProvider
from airq_cron.breaker.memory import MemoryBreakerStorage
from airq_cron.broker import CeleryDispatcher, make_celery
from airq_cron.channels.registry import make_caller, make_channels
from airq_cron.clock import Clock, SystemClock
from airq_cron.config import IQAIR_URL, OPEN_METEO_URL, OPENAQ_URL, Settings
from airq_cron.domain.alert_rule import AlertRule, defaults_with
from airq_cron.domain.breaker import BreakerChange
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.measurement import Origin
from airq_cron.domain.quota import QUOTAS
from airq_cron.errors import ConfigError, StoreError, UnreachableError
from airq_cron.looking import Looking
from airq_cron.ports import (
    BrokerFacts,
    Channel,
    Dispatcher,
    IndexProvider,
    Leftovers,
    Provider,
    Traffic,
)
from airq_cron.providers.attribution import attribution_lines
from airq_cron.providers.registry import (
    INDEX_PROVIDERS,
    IQAIR,
    KEY_SETTINGS,
    OPEN_METEO,
    OPENAQ,
    PROVIDERS,
    SANDBOX,
    Wiring,
    asked_by,
    make_index_provider,
    make_provider,
)
from airq_cron.services.cleanup import Premises
from airq_cron.services.deliver import Post
from airq_cron.services.instance_key import keep_key
from airq_cron.services.judge_calls import StoredStanding
from airq_cron.services.politeness import LocalTraffic, Politeness
from airq_cron.services.providers import ProviderDesk
from airq_cron.services.read_breakers import Desk
from airq_cron.services.throttle import FallbackThrottle, LocalThrottle
from airq_cron.services.watch_breakers import keep_change
from airq_cron.store.store import LOCK_WAIT_S, SqlStore
from airq_cron.telemetry.breakers import RedisBreakerStorage
from airq_cron.telemetry.client import check, connect
from airq_cron.telemetry.facts import read_facts
from airq_cron.telemetry.leftovers import RedisLeftovers
from airq_cron.telemetry.throttle import RedisThrottle
from airq_cron.telemetry.traffic import RedisTraffic

PATIENCE_S = 5.0


@dataclass(frozen=True)
class System(Looking):
    """
    Everything a process works with; nothing is connected before it is used.

    Attributes:
        patience_s: how long a write is repeated, and a broker or lock waited for.

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
            self.settings.database_address,
            self.clock,
            patience_s=self.patience_s,
            lock_wait_s=min(LOCK_WAIT_S, self.patience_s / 2),
            trail_key=partial(keep_key, self.settings),
        )

    @cached_property
    def celery(self) -> Celery:
        """The Celery app of this process."""
        settings = self.settings
        events, url = settings.celery_events, settings.redis_address
        keys = settings.message_ring
        return make_celery(url, events=events, keys=keys, patience_s=self.patience_s)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Publishes messages through Celery."""
        counters = self.counters if self.settings.metrics_collection else None
        return CeleryDispatcher(self.celery, self.clock, counters)

    @cached_property
    def leftovers(self) -> Leftovers:
        """What nobody needs any more in Redis."""
        return RedisLeftovers(self.settings.redis_address)

    @property
    def premises(self) -> Premises:
        """Where a cleanup looks beside the tables."""
        settings = self.settings
        return Premises(settings.var_dir, settings.audit_age, lambda: self.leftovers)

    @cached_property
    def alert_defaults(self) -> Mapping[FlipKind, AlertRule]:
        """The alert rules as they are until people change them."""
        return defaults_with(self.settings.alert_thresholds)

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """The ways to tell people about alerts, by name."""
        return make_channels(self.settings.channel_addresses, self.clock)

    @cached_property
    def post(self) -> Post:
        """Carries messages to the channels."""
        settings = self.settings
        return Post(
            self.store,
            self.channels,
            base_url=settings.link_base,
            enabled=settings.alert_notifications,
        )

    def ping(self) -> None:
        """Call `AIRQ_PING_URL` if it is set; raises DeliveryError."""
        url, private = self.settings.ping_url, self.settings.alert_allow_private
        if url is not None:
            make_caller(allow_private=private).ping(url.reveal())

    @cached_property
    def throttle(self) -> FallbackThrottle:
        """Who has failed too often to log in, in the fleet or seen from here."""
        settings, local = self.settings, LocalThrottle(self.clock)
        if settings.redis_url is None:
            return FallbackThrottle(None, local, self.clock)
        shared = RedisThrottle(settings.redis_address)
        return FallbackThrottle(shared, local, self.clock)

    def broker_facts(self) -> BrokerFacts:
        """Return what Redis says of itself; raises UnreachableError."""
        return read_facts(self.settings.redis_address, self.clock)

    @cached_property
    def upstreams(self) -> dict[str, Provider | IndexProvider]:
        """
        Everybody who can be asked, by id; the default one first.

        The one that was chosen, those that need no key, and those whose key is
        set; on the sandbox nobody else: real and invented air are never mixed.
        """
        known = self.providers | self.index_providers
        return {name: known[name] for name in _asked(self.settings)}

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """The upstreams that give concentrations, by id; the default one first."""
        return {
            name: GuardedProvider(
                make_provider(name, self._wiring(name)), partial(self._breaker, name)
            )
            for name in _asked(self.settings)
            if name in PROVIDERS
        }

    @cached_property
    def index_providers(self) -> dict[str, IndexProvider]:
        """The upstreams that give indices of their own, by id."""
        return {
            name: GuardedIndexProvider(
                make_index_provider(name, self._wiring(name)),
                partial(self._breaker, name),
            )
            for name in _asked(self.settings)
            if name in INDEX_PROVIDERS
        }

    @cached_property
    def breaker_storage(self) -> FallbackStorage:
        """The fleet's breakers, or this process's own while Redis is away."""
        settings, local = self.settings, MemoryBreakerStorage(self.clock)
        if settings.redis_url is None:
            return FallbackStorage(None, local)
        return FallbackStorage(RedisBreakerStorage(settings.redis_address), local)

    @cached_property
    def breaker_desk(self) -> Desk:
        """Where people see and steer breakers."""
        return Desk(
            self.store,
            self.breaker_storage,
            _asked(self.settings),
            self.settings.breaker_rules,
            lambda: self.breaker_storage.is_local,
        )

    @cached_property
    def _standing(self) -> StoredStanding:
        return StoredStanding(self.store, self.settings.breaker_rules, self.clock)

    def _breaker(self, name: str) -> FleetBreaker:
        listener = ChangeListener(self._keep_change)
        storage, standing = self.breaker_storage, self._standing
        return FleetBreaker(name, storage, standing, self.clock, [listener])

    def _keep_change(self, change: BreakerChange) -> None:
        keep_change(self.store, change, is_local=self.breaker_storage.is_local)

    def _wiring(self, name: str) -> Wiring:
        settings = self.settings
        addresses = {OPENAQ: settings.openaq_url, IQAIR: settings.iqair_url}
        keys = {OPENAQ: settings.openaq_key, IQAIR: settings.iqair_key}
        key = keys.get(name)
        return Wiring(
            base_url=addresses.get(name, settings.open_meteo_url),
            clock=self.clock,
            key=key.reveal() if key else "",
            contact=settings.contact,
            origin=self._sandbox_origin,
            radius_m=settings.openaq_radius_m,
            salt=self._salt if self._is_public(name) else "",
            provider=name,
            gate=self.gate if self._is_public(name) else None,
            at_once=settings.open_meteo_calls,
        )

    @cached_property
    def _salt(self) -> str:
        # Who only wants to know the providers needs no database.
        try:
            with self.store.read() as unit:
                return unit.upstreams.salt() or ""
        except StoreError:
            return ""

    def _is_public(self, name: str) -> bool:
        """Say whether the provider's own address is asked, with its own quotas."""
        settings = self.settings
        asked = {
            OPEN_METEO: (settings.open_meteo_url, OPEN_METEO_URL),
            OPENAQ: (settings.openaq_url, OPENAQ_URL),
            IQAIR: (settings.iqair_url, IQAIR_URL),
        }
        return name in asked and asked[name][0] == asked[name][1]

    @cached_property
    def gate(self) -> Politeness:
        """Keeps the fleet within the quotas of the public providers."""
        return Politeness(
            self.store,
            lambda: self._traffic,
            self.clock,
            quotas=QUOTAS,
            one_by_one=QUOTAS.keys(),
            egress=self.settings.egress,
        )

    @cached_property
    def provider_desk(self) -> ProviderDesk:
        """Where people see to providers."""
        return ProviderDesk(
            self.store,
            lambda: self._traffic,
            {name: one.attribution for name, one in self.upstreams.items()},
            {name: QUOTAS[name] for name in QUOTAS if self._is_public(name)},
            self.settings.egress,
        )

    @cached_property
    def _traffic(self) -> Traffic:
        if self.settings.redis_url is None:
            return LocalTraffic(self.clock)
        return RedisTraffic(self.settings.redis_address)

    @property
    def _sandbox_origin(self) -> Origin:
        return Origin.REPLAYED if self.settings.sandbox_data else Origin.SYNTHETIC

    @cached_property
    def attributions(self) -> dict[str, str]:
        """The lines that licences want to be shown, by provider."""
        return attribution_lines(self.clock.now().year, self._sandbox_origin)

    def check_key(self) -> None:
        """Raise ConfigError when the provider that was chosen has no key."""
        name = self.settings.provider
        if name in KEY_SETTINGS and not self._wiring(name).key:
            setting = KEY_SETTINGS[name]
            raise ConfigError(setting, f"not set; its file may be {setting}_FILE")

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
                real air would be stored as the sandbox's, or the provider that
                was chosen has no key, or another one seals the audit trail.
        """
        self.check_key()
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


def build(
    settings: Settings, clock: Clock | None = None, *, patience_s: float = 60.0
) -> System:
    """Return the system for *settings*; see `System` for *patience_s*."""
    return System(settings, clock or SystemClock(), patience_s)


def _asked(settings: Settings) -> list[str]:
    keys = {OPENAQ: settings.openaq_key, IQAIR: settings.iqair_key}
    return asked_by(settings.provider, [name for name, key in keys.items() if key])
