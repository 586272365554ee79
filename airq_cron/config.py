"""
The only reader of the environment.

Every setting is a field of `Settings` with its environment name, its default
and one sentence; `docs/reference/settings.md` is generated from them.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from airq_cron.domain.alert import AirRule, parse_rules
from airq_cron.domain.breaker import BreakerRules
from airq_cron.domain.setting_text import (
    Secret,
    SettingLine,
    air_alerts,
    flag,
    key,
    number,
    one_of,
    plain_redis_url,
    redis_url,
    setting,
    source_of,
    text_of,
    url,
    web_address,
)
from airq_cron.errors import ConfigError
from airq_cron.queue_settings import QueueSettings

__all__ = [
    "Secret",
    "Settings",
    "SettingLine",
    "adopt_environment",
    "child_environment",
    "describe",
    "known_names",
    "load",
    "plain_redis_url",
    "was_set",
]

OPEN_METEO_URL = "https://air-quality-api.open-meteo.com"
OPENAQ_URL = "https://api.openaq.org"
IQAIR_URL = "https://api.airvisual.com"
AIR_ALERTS = "us-epa-2024:101,eaqi-2024:5"
PROVIDERS = ("auto", "open-meteo", "openaq", "iqair", "sandbox")
REDIS_SCHEMES = ("redis", "rediss", "valkey", "valkeys", "unix")
DATABASE_SCHEMES = ("sqlite", "postgresql", "postgres")

BULL_NUMBERS = (("BULL_REDIS_PORT", 1, 65535, "6379"), ("BULL_REDIS_DB", 0, 15, "0"))
# Not a setting: what a process tells those that it starts.
SOURCES = "_AIRQ_SOURCES"


@dataclass(frozen=True, slots=True)
class Settings(QueueSettings):
    """Everything a person can set; durations are in the unit of their name."""

    var_dir: Path = setting(
        "AIRQ_VAR_DIR", Path("var"), "Directory of all data and logs.", Path
    )
    redis_url: Secret | None = setting(
        "AIRQ_REDIS_URL",
        None,
        "Redis or Valkey instead of the embedded one: "
        "`redis://`, `rediss://`, `valkey://`, `unix://`.",
        url(*REDIS_SCHEMES),
    )
    database_url: Secret | None = setting(
        "AIRQ_DATABASE_URL",
        None,
        "SQL database instead of `sqlite` in the data directory: "
        "`sqlite:///`, `postgresql://`.",
        url(*DATABASE_SCHEMES),
    )
    provider: str = setting(
        "AIRQ_PROVIDER",
        "auto",
        "Upstream; `auto` is Open-Meteo, or the sandbox when it cannot be reached.",
        one_of(*PROVIDERS),
    )
    open_meteo_url: str = setting(
        "AIRQ_OPEN_METEO_URL",
        OPEN_METEO_URL,
        "Base address of Open-Meteo or of a server that speaks like it; "
        "plain `http://` only on this machine.",
        web_address,
    )
    open_meteo_calls: int = setting(
        "AIRQ_OPEN_METEO_CALLS",
        8,
        "So many calls of one process to a server of your own that speaks like "
        "Open-Meteo may be under way; Open-Meteo itself is asked one by one.",
        number(1, 200),
    )
    openaq_key: Secret | None = setting(
        "AIRQ_OPENAQ_KEY",
        None,
        "Key of OpenAQ; with it, locations may name `openaq` as a provider.",
        key,
    )
    openaq_url: str = setting(
        "AIRQ_OPENAQ_URL",
        OPENAQ_URL,
        "Base address of OpenAQ or of a server that speaks like it.",
        web_address,
    )
    openaq_radius_m: int = setting(
        "AIRQ_OPENAQ_RADIUS_M",
        10_000,
        "So far from a location, in m, a station of OpenAQ may speak for it.",
        number(1, 25_000),
    )
    iqair_key: Secret | None = setting(
        "AIRQ_IQAIR_KEY",
        None,
        "Key of IQAir; with it, locations may name `iqair` as a provider.",
        key,
    )
    iqair_url: str = setting(
        "AIRQ_IQAIR_URL",
        IQAIR_URL,
        "Base address of IQAir or of a server that speaks like it.",
        web_address,
    )
    sandbox_data: Path | None = setting(
        "AIRQ_SANDBOX_DATA",
        None,
        "CSV of real readings that the sandbox replays instead of its model.",
        Path,
    )
    locations: Path | None = setting(
        "AIRQ_LOCATIONS", None, "JSON file with further locations.", Path
    )
    lease_s: int = setting(
        "AIRQ_LEASE_S",
        10,
        "Seconds after which the runs of a dead worker are taken back.",
        number(5, 300),
    )
    stop_grace_s: int = setting(
        "AIRQ_STOP_GRACE_S",
        6,
        "Seconds for what runs when a worker is told to stop; then it is handed back.",
        number(0, 300),
    )
    shortest_period_s: int = setting(
        "AIRQ_SHORTEST_PERIOD_S",
        10,
        "Jobs that people make or change may not fire more often than this, in s.",
        number(1, 86_400),
    )
    breaker_threshold: int = setting(
        "CIRCUIT_BREAKER_FAILURE_THRESHOLD",
        5,
        "So many failures of a provider in a row open its breaker.",
        number(1, 1000),
    )
    breaker_timeout_ms: int = setting(
        "CIRCUIT_BREAKER_TIMEOUT",
        300_000,
        "How long, in ms, an open breaker asks nobody before it tries once.",
        number(1000, 86_400_000),
    )
    breaker_window_ms: int = setting(
        "CIRCUIT_BREAKER_MONITORING_WINDOW",
        60_000,
        "A failure so long, in ms, after the one before begins a new row; at least "
        "twice the shortest period of a job that asks the provider.",
        number(1000, 86_400_000),
    )
    alert_rules: tuple[AirRule, ...] = setting(
        "AIRQ_AIR_ALERTS",
        parse_rules(AIR_ALERTS),
        "From which index on, by scheme, bad air raises alerts; `none` for no alerts.",
        air_alerts,
    )
    log_format: str = setting(
        "AIRQ_LOG_FORMAT",
        "auto",
        "`json`, `console`, or `auto`: JSON unless a person is watching.",
        one_of("auto", "json", "console"),
    )
    egress: str = setting(
        "AIRQ_EGRESS",
        "",
        "Name of the network address that calls leave from; hosts that share one ask "
        "a provider one after the other.",
    )
    contact: str = setting(
        "AIRQ_CONTACT", "", "Contact shown to providers in the User-Agent."
    )
    duplicate_prevention: bool = setting(
        "CRON_ENABLE_DUPLICATE_PREVENTION",
        True,
        "Apply each job's overlap policy; off means `allow` for every job.",
        flag,
    )
    automatic_recovery: bool = setting(
        "CRON_ENABLE_AUTOMATIC_RECOVERY",
        True,
        "Send lost runs again, take back those of dead workers, let open breakers try "
        "again; off: such runs are dead and wait for a retry.",
        flag,
    )
    metrics_collection: bool = setting(
        "CRON_ENABLE_METRICS_COLLECTION",
        True,
        "Count what queues and the API do, in Redis; off: health scores are unknown, "
        "`/metrics` shows this process only.",
        flag,
    )
    performance_monitoring: bool = setting(
        "CRON_ENABLE_PERFORMANCE_MONITORING",
        True,
        "Keep histograms of how long messages wait and runs take; off: trends and "
        "recommendations are refused.",
        flag,
    )
    celery_events: bool = setting(
        "AIRQ_CELERY_EVENTS",
        False,
        "Let workers send Celery's events and answer its questions, for Flower and "
        "`celery inspect`; takes a third of the throughput.",
        flag,
    )

    @property
    def lease(self) -> timedelta:
        """How long a claim holds unless it is renewed."""
        return timedelta(seconds=self.lease_s)

    @property
    def breaker_rules(self) -> BreakerRules:
        """When breakers open and close, by the settings."""
        return BreakerRules(
            threshold=self.breaker_threshold,
            timeout=timedelta(milliseconds=self.breaker_timeout_ms),
            window=timedelta(milliseconds=self.breaker_window_ms),
            recovers=self.automatic_recovery,
        )

    @property
    def histograms_off(self) -> str | None:
        """The flag that switches histograms off; None when they are kept."""
        if not self.metrics_collection:
            return "CRON_ENABLE_METRICS_COLLECTION"
        if not self.performance_monitoring:
            return "CRON_ENABLE_PERFORMANCE_MONITORING"
        return None

    @property
    def shortest_period(self) -> timedelta:
        """How often a job that people make or change may fire at most."""
        return timedelta(seconds=self.shortest_period_s)

    @property
    def asks_open_meteo(self) -> bool:
        """Whether the upstream's address is that of Open-Meteo itself."""
        return self.open_meteo_url == OPEN_METEO_URL

    @property
    def link_base(self) -> str:
        """Where links lead: what was set, else the address the API listens on."""
        if self.public_url:
            return self.public_url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def sqlite_path(self) -> Path:
        """Where the embedded database lies."""
        return self.var_dir / "airq.db"

    @property
    def database_address(self) -> str:
        """The SQLAlchemy address of the database, with its password."""
        if self.database_url is not None:
            return self.database_url.reveal()
        return f"sqlite:///{self.sqlite_path.absolute()}"

    @property
    def redis_address(self) -> str:
        """
        The broker's address in a scheme that every client knows.

        Raises:
            ConfigError: no address is set and no instance of ours is running.
        """
        if self.redis_url is None:
            raise ConfigError("AIRQ_REDIS_URL", "not set, and no instance is running")
        return plain_redis_url(self.redis_url.reveal())


def known_names() -> Iterator[str]:
    """Yield every environment name that has a meaning here."""
    for spec in fields(Settings):
        yield from (spec.metadata["env"], spec.metadata["env"] + "_FILE")
    yield from (f"BULL_REDIS_{part}" for part in ("HOST", "PORT", "PASSWORD", "DB"))


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """
    Read the settings from the environment; keyword arguments win.

    Raises:
        ConfigError: a value cannot be used, a secret's file cannot be read, or
            an `AIRQ_` name is not known (a typing mistake would pass unseen).
    """
    env = os.environ if environ is None else environ
    known = set(known_names())
    for name in env:
        if name.startswith("AIRQ_") and name not in known:
            raise ConfigError(name, "is not a setting of airq-cron")
    values: dict[str, Any] = {}
    for spec in fields(Settings):
        if (text := _raw(env, spec.metadata["env"])) is not None:
            values[spec.name] = _parse(spec.metadata, text)
    if "redis_url" not in values and "BULL_REDIS_HOST" in env:
        values["redis_url"] = Secret(_bull_url(env))
    values.update({key: value for key, value in overrides.items() if value is not None})
    return Settings(**values)


def was_set(env_name: str, environ: Mapping[str, str] | None = None) -> bool:
    """Say whether a person set *env_name*, so that we must not choose otherwise."""
    env = os.environ if environ is None else environ
    return bool(env.get(env_name) or env.get(env_name + "_FILE"))


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment for a child process: ours, with *settings* spelt out."""
    env = dict(os.environ)
    for spec in fields(Settings):
        value = getattr(settings, spec.name)
        name = spec.metadata["env"]
        env.pop(name + "_FILE", None)
        if value is None:
            env.pop(name, None)
        else:
            env[name] = text_of(value)
    env[SOURCES] = json.dumps({one.name: one.source for one in describe(settings)})
    return env


def adopt_environment(environment: Mapping[str, str]) -> None:
    """Let this process, which was just forked, have that environment and no other."""
    os.environ.clear()
    os.environ.update(environment)


def describe(
    settings: Settings, environ: Mapping[str, str] | None = None
) -> list[SettingLine]:
    """Return every setting as it holds, by name, without secrets."""
    env = os.environ if environ is None else environ
    told: dict[str, str] = json.loads(env.get(SOURCES, "{}"))
    lines = []
    for spec in fields(Settings):
        name, value = spec.metadata["env"], getattr(settings, spec.name)
        source = told.get(name) or source_of(
            env, name, is_default=value == spec.default
        )
        hidden = value is None or isinstance(value, Secret)
        shown = (value and repr(value)) if hidden else text_of(value)
        lines.append(SettingLine(name, shown, source, spec.metadata["doc"]))
    return sorted(lines, key=lambda line: line.name)


def _raw(env: Mapping[str, str], name: str) -> str | None:
    if path := env.get(name + "_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(name + "_FILE", f"cannot be read: {error}") from error
    return env.get(name) or None


def _parse(metadata: Mapping[str, Any], text: str) -> Any:
    try:
        return metadata["parse"](text)
    except ValueError as error:
        raise ConfigError(metadata["env"], str(error)) from error


def _bull_url(env: Mapping[str, str]) -> str:
    port, database = (
        _parse({"env": name, "parse": number(least, most)}, env.get(name) or usual)
        for name, least, most, usual in BULL_NUMBERS
    )
    host, password = env["BULL_REDIS_HOST"], _raw(env, "BULL_REDIS_PASSWORD")
    return redis_url(host, port, database, password)
