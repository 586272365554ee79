"""Which provider a name stands for, and which addresses are refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airq_cron.domain.measurement import Origin
from airq_cron.errors import ConfigError
from airq_cron.ports import Provider
from airq_cron.providers.registry import Wiring, check_address, make_provider
from airq_cron.testing import FakeClock

ADDRESS = "https://air.example"


def made(name: str, base_url: str = ADDRESS, **options: Any) -> Provider:
    """Return the provider called *name* in 2026."""
    clock = FakeClock(datetime(2026, 5, 1, tzinfo=UTC))
    return make_provider(name, Wiring(base_url=base_url, clock=clock, **options))


def test_open_meteo_is_modelled_and_hourly() -> None:
    """The default upstream has something new once an hour."""
    provider = made("open-meteo")

    assert ("open-meteo", Origin.MODELLED) == (provider.id, provider.origin)
    assert timedelta(hours=1) == provider.min_interval
    assert timedelta(days=92) == provider.keeps
    assert 100 == provider.batch_size


def test_licences_are_named() -> None:
    """Open-Meteo, its licence, and Copernicus with the year are shown."""
    line = made("open-meteo").attribution

    assert "Air quality data by Open-Meteo.com" in line
    assert "https://open-meteo.com/" in line
    assert "CC BY 4.0" in line
    assert "Copernicus Atmosphere Monitoring Service information 2026" in line


@pytest.mark.parametrize(
    ("origin", "words"),
    [(Origin.SYNTHETIC, "synthetic model"), (Origin.REPLAYED, "Past readings")],
)
def test_sandbox_says_that_it_is_not_real(origin: Origin, words: str) -> None:
    """The same class asks the sandbox each minute, under a name of its own."""
    provider = made("sandbox", "http://127.0.0.1:8090", origin=origin)

    assert ("sandbox", origin) == (provider.id, provider.origin)
    assert timedelta(minutes=1) == provider.min_interval
    assert words in provider.attribution


@pytest.mark.parametrize("name", ["auto", "iqair", "Open-Meteo", ""])
def test_unknown_name_is_refused(name: str) -> None:
    """A name that nothing stands for is a wrong setting."""
    with pytest.raises(ConfigError, match="AIRQ_PROVIDER: no provider is called"):
        made(name)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "air.example",
        "ftp://air.example",
        "https://",
        "https://[::1",
        "https://a:b",
        "https://a:99999",
        "https://a?x=1",
        "https://a#x",
    ],
)
def test_address_that_is_none_is_refused(base_url: str) -> None:
    """Nothing is asked at such an address."""
    with pytest.raises(ConfigError, match="AIRQ_OPEN_METEO_URL: "):
        made("open-meteo", base_url)


@pytest.mark.parametrize(
    "base_url", ["https://a.example/om", "http://127.0.0.1:1", "http://[::1]:8090/"]
)
def test_address_may_be_anywhere(base_url: str) -> None:
    """Any http address with a host will do."""
    check_address(base_url, "AIRQ_OPEN_METEO_URL")
