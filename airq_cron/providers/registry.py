"""Makes the provider that a name stands for."""

from datetime import timedelta
from urllib.parse import urlsplit

from airq_cron import __version__
from airq_cron.clock import Clock
from airq_cron.domain.measurement import Origin
from airq_cron.errors import ConfigError
from airq_cron.ports import Provider
from airq_cron.providers.http import HttpClient, Limits, is_loopback, user_agent
from airq_cron.providers.open_meteo import Identity, OpenMeteo

OPEN_METEO = "open-meteo"
SANDBOX = "sandbox"
SANDBOX_LINES = {
    Origin.SYNTHETIC: "Values of the sandbox's synthetic model, not of any real air",
    Origin.REPLAYED: "Past readings replayed by the sandbox, not the present air",
}


def make_provider(
    name: str,
    *,
    base_url: str,
    clock: Clock,
    contact: str = "",
    origin: Origin = Origin.SYNTHETIC,
    limits: Limits | None = None,
    salt: str = "",
) -> Provider:
    """
    Return the provider called *name*, which asks the server at *base_url*.

    Args:
        contact: goes into the User-Agent.
        origin: of what the sandbox shows, `synthetic` or `replayed`; the others
            know theirs.
        salt: differs between installations and spreads their returns.

    Raises:
        ConfigError: the name is unknown, or the address is not safe to ask.
    """
    if name == OPEN_METEO:
        identity = Identity(
            id=name,
            origin=Origin.MODELLED,
            min_interval=timedelta(hours=1),
            attribution=open_meteo_line(clock.now().year),
        )
    elif name == SANDBOX:
        identity = Identity(
            id=name,
            origin=origin,
            min_interval=timedelta(minutes=1),
            attribution=SANDBOX_LINES[origin],
        )
    else:
        raise ConfigError("AIRQ_PROVIDER", f"no provider is called {name!r}")
    check_address(base_url)
    client = HttpClient(user_agent(__version__, contact), limits)
    return OpenMeteo(base_url, identity, client=client, clock=clock, salt=salt)


def open_meteo_line(year: int) -> str:
    """Return what the licences of Open-Meteo and CAMS want to be shown."""
    return (
        "Air quality data by Open-Meteo.com (https://open-meteo.com/, CC BY 4.0); "
        f"generated using Copernicus Atmosphere Monitoring Service information {year}; "
        "METEO FRANCE et al., CAMS European ensemble"
    )


def check_address(base_url: str) -> None:
    """
    Refuse an address that is none, holds a query, or is open to eavesdropping.

    Raises:
        ConfigError: names `AIRQ_OPEN_METEO_URL`, without the address's password.
    """
    setting = "AIRQ_OPEN_METEO_URL"
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
