"""Makes the provider that a name stands for."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from airq_cron import __version__
from airq_cron.clock import Clock
from airq_cron.domain.measurement import Origin
from airq_cron.domain.quota import phase_of
from airq_cron.errors import ConfigError
from airq_cron.ports import Gate, IndexProvider, Provider
from airq_cron.providers.http import HttpClient, Limits, is_loopback, user_agent
from airq_cron.providers.iqair import IqAir
from airq_cron.providers.open_meteo import Identity, OpenMeteo
from airq_cron.providers.openaq import OpenAq
from airq_cron.providers.openaq_api import OpenAqApi
from airq_cron.providers.polite import PoliteClient

OPEN_METEO = "open-meteo"
OPENAQ = OpenAq.id
IQAIR = IqAir.id
SANDBOX = "sandbox"
RADIUS_M = 10_000
URL_SETTINGS = {
    OPEN_METEO: "AIRQ_OPEN_METEO_URL",
    SANDBOX: "AIRQ_OPEN_METEO_URL",
    OPENAQ: "AIRQ_OPENAQ_URL",
    IQAIR: "AIRQ_IQAIR_URL",
}
KEY_SETTINGS = {OPENAQ: "AIRQ_OPENAQ_KEY", IQAIR: "AIRQ_IQAIR_KEY"}
SANDBOX_LINES = {
    Origin.SYNTHETIC: "Values of the sandbox's synthetic model, not of any real air",
    Origin.REPLAYED: "Past readings replayed by the sandbox, not the present air",
}


@dataclass(frozen=True, slots=True)
class Wiring:
    """
    What a provider is made of; each takes what it needs.

    Attributes:
        key: of those that want one.
        contact: goes into the User-Agent.
        origin: of what the sandbox shows, `synthetic` or `replayed`; the others
            know theirs.
        radius_m: so far from a place a station may speak for it.
        salt: differs between installations and spreads their returns.
        gate: lets calls in the name of *provider* pass; without one all do.
        at_once: so many calls may be under way; through a gate it is one.
    """

    base_url: str
    clock: Clock
    key: str = ""
    contact: str = ""
    origin: Origin = Origin.SYNTHETIC
    limits: Limits | None = None
    radius_m: int = RADIUS_M
    salt: str = ""
    provider: str = ""
    gate: Gate | None = None
    at_once: int = 1

    def client(self, **headers: str) -> HttpClient:
        """Return a client that sends *headers*, underscores in them as hyphens."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        agent = user_agent(__version__, self.contact)
        if self.gate is None:
            return HttpClient(
                agent, self.limits, named, secret=self.key, at_once=self.at_once
            )
        return PoliteClient(
            agent,
            self.limits,
            named,
            secret=self.key,
            gate=self.gate,
            provider=self.provider,
        )


def make_provider(name: str, wiring: Wiring) -> Provider:
    """
    Return the provider of concentrations called *name*.

    Raises:
        ConfigError: the name is unknown, or the address is not safe to ask.
    """
    if (make := PROVIDERS.get(name)) is None:
        raise ConfigError("AIRQ_PROVIDER", f"no provider is called {name!r}")
    check_address(wiring.base_url, URL_SETTINGS[name])
    return make(wiring)


def make_index_provider(name: str, wiring: Wiring) -> IndexProvider:
    """Return the provider of indices called *name*; raises as `make_provider`."""
    if (make := INDEX_PROVIDERS.get(name)) is None:
        raise ConfigError("AIRQ_PROVIDER", f"no provider is called {name!r}")
    check_address(wiring.base_url, URL_SETTINGS[name])
    return make(wiring)


def _make_open_meteo(wiring: Wiring) -> Provider:
    identity = Identity(
        id=OPEN_METEO,
        origin=Origin.MODELLED,
        min_interval=timedelta(hours=1),
        attribution=open_meteo_line(wiring.clock.now().year),
        phase=phase_of(wiring.salt) if wiring.salt else timedelta(),
    )
    return _speak_open_meteo(identity, wiring)


def _make_sandbox(wiring: Wiring) -> Provider:
    identity = Identity(
        id=SANDBOX,
        origin=wiring.origin,
        min_interval=timedelta(minutes=1),
        attribution=SANDBOX_LINES[wiring.origin],
    )
    return _speak_open_meteo(identity, wiring)


def _speak_open_meteo(identity: Identity, wiring: Wiring) -> Provider:
    return OpenMeteo(
        wiring.base_url,
        identity,
        client=wiring.client(),
        clock=wiring.clock,
        salt=wiring.salt,
        at_once=1 if wiring.gate else wiring.at_once,
    )


def _make_openaq(wiring: Wiring) -> Provider:
    api = OpenAqApi(
        wiring.base_url,
        client=wiring.client(X_API_Key=wiring.key),
        clock=wiring.clock,
        salt=wiring.salt,
    )
    return OpenAq(api, clock=wiring.clock, radius_m=wiring.radius_m)


def _make_iqair(wiring: Wiring) -> IndexProvider:
    return IqAir(
        wiring.base_url,
        key=wiring.key,
        client=wiring.client(),
        clock=wiring.clock,
        salt=wiring.salt,
    )


PROVIDERS: dict[str, Callable[[Wiring], Provider]] = {
    OPEN_METEO: _make_open_meteo,
    OPENAQ: _make_openaq,
    SANDBOX: _make_sandbox,
}
INDEX_PROVIDERS: dict[str, Callable[[Wiring], IndexProvider]] = {IQAIR: _make_iqair}


def open_meteo_line(year: int) -> str:
    """Return what the licences of Open-Meteo and CAMS want to be shown."""
    return (
        "Air quality data by Open-Meteo.com (https://open-meteo.com/, CC BY 4.0); "
        f"generated using Copernicus Atmosphere Monitoring Service information {year}; "
        "METEO FRANCE et al., CAMS European ensemble"
    )


def check_address(base_url: str, setting: str) -> None:
    """
    Refuse an address that is none, holds a query, or is open to eavesdropping.

    Raises:
        ConfigError: names *setting*, without the address's password.
    """
    try:
        parts = urlsplit(base_url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        raise ConfigError(setting, "not an address") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigError(setting, "must begin with http(s):// and name a host")
    if parts.query or parts.fragment:
        raise ConfigError(setting, "must not hold a query or a fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError(setting, f"plain http is for this machine only, not {host}")


def asked_by(chosen: str, with_key: Container[str]) -> list[str]:
    """
    Return who is asked; the one that was chosen first, with or without a key.

    Besides it those that need no key, and those of *with_key*; on the sandbox
    nobody else.
    """
    first = OPEN_METEO if chosen == "auto" else chosen
    if first == SANDBOX:
        return [SANDBOX]
    known = (OPEN_METEO, *(name for name in (OPENAQ, IQAIR) if name in with_key))
    return [first, *(name for name in known if name != first)]
