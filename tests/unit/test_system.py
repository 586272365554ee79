"""What a process refuses to start with."""

from typing import Any

import pytest

from airq_cron.config import Secret, Settings
from airq_cron.errors import ConfigError
from airq_cron.system import build

KEY = Secret("k")


def test_the_sandbox_is_never_the_real_upstream() -> None:
    """Real air must not be stored under the sandbox's name."""
    settings = Settings(provider="sandbox", redis_url=Secret("redis://127.0.0.1:1"))
    with pytest.raises(ConfigError, match="airq sandbox") as caught:
        build(settings).check_parts()

    assert "AIRQ_OPEN_METEO_URL" == caught.value.setting


@pytest.mark.parametrize(
    ("chosen", "keys", "expected"),
    [
        ("auto", {}, ["open-meteo"]),
        ("open-meteo", {}, ["open-meteo"]),
        ("auto", {"openaq_key": KEY}, ["open-meteo", "openaq"]),
        (
            "open-meteo",
            {"openaq_key": KEY, "iqair_key": KEY},
            ["open-meteo", "openaq", "iqair"],
        ),
        ("openaq", {"openaq_key": KEY}, ["openaq", "open-meteo"]),
        ("openaq", {}, ["openaq", "open-meteo"]),
        ("iqair", {"iqair_key": KEY}, ["iqair", "open-meteo"]),
        ("sandbox", {"openaq_key": KEY, "iqair_key": KEY}, ["sandbox"]),
    ],
)
def test_keys_decide_who_can_be_asked(
    chosen: str, keys: dict[str, Any], expected: list[str]
) -> None:
    """The chosen one first; on the sandbox nobody else, whatever keys there are."""
    local = "http://127.0.0.1:1"
    system = build(Settings(provider=chosen, open_meteo_url=local, **keys))

    assert expected == list(system.upstreams)
    assert expected == [one.id for one in system.upstreams.values()]
    assert {*expected} == {*system.providers, *system.index_providers}
    assert "iqair" not in system.providers


@pytest.mark.parametrize("name", ["openaq", "iqair"])
def test_a_chosen_provider_without_its_key_is_refused(name: str) -> None:
    """A process that asks does not start, and the setting is named."""
    with pytest.raises(ConfigError, match="not set") as caught:
        build(Settings(provider=name)).check_parts()

    assert f"AIRQ_{name.upper()}_KEY" == caught.value.setting


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("open-meteo", "AIRQ_OPEN_METEO_URL"),
        ("openaq", "AIRQ_OPENAQ_URL"),
        ("iqair", "AIRQ_IQAIR_URL"),
    ],
)
def test_an_address_open_to_eavesdropping_is_refused(name: str, setting: str) -> None:
    """A key would travel in the clear."""
    address = {f"{name.replace('-', '_')}_url": "http://air.example"}
    with pytest.raises(ConfigError, match="plain http") as caught:
        build(Settings(provider=name, **address)).upstreams  # type: ignore[arg-type]  # noqa: B018

    assert setting == caught.value.setting
