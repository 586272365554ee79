"""The environment: what is read, refused, and handed on."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.config import (
    Secret,
    Settings,
    child_environment,
    known_names,
    load,
    plain_redis_url,
    was_set,
)
from airq_cron.domain.health import Limits
from airq_cron.errors import ConfigError
from airq_cron.sealing import new_key


def refused(environ: dict[str, str]) -> ConfigError:
    """Return the error with which *environ* is refused."""
    with pytest.raises(ConfigError) as caught:
        load(environ)
    return caught.value


def test_nothing_needs_to_be_set() -> None:
    """The defaults are those that outsiders rely on."""
    found = load({})

    assert ("127.0.0.1", 3000, Path("var"), "auto", "auto") == (
        found.host, found.port, found.var_dir, found.provider, found.log_format
    )  # fmt: skip
    assert (None, None, None, None) == (
        found.redis_url, found.database_url, found.locations, found.sandbox_data
    )  # fmt: skip
    assert (True, True, True) == (
        found.duplicate_prevention,
        found.automatic_recovery,
        found.metrics_collection,
    )


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:3000"), ("::1", "http://[::1]:3000")],
)
def test_links_lead_to_where_the_api_listens(host: str, url: str) -> None:
    """Also when that is an IPv6 address."""
    assert url == load({"AIRQ_HOST": host}).link_base
    assert "https://air.example" == (
        load({"AIRQ_PUBLIC_URL": "https://air.example/"}).link_base
    )


def test_addresses_of_channels_are_secrets() -> None:
    """Neither the settings nor a refusal show them."""
    named = {
        "AIRQ_ALERT_WEBHOOK_URL": "https://hook.example/t0k3n",
        "AIRQ_ALERT_WEBHOOK_SECRET": "t0k3n",
        "AIRQ_ALERT_URLS": "team=slack://t0k3n/b/c",
        "AIRQ_PING_URL": "https://ping.example/t0k3n",
    }

    assert "t0k3n" not in repr(load(named))
    assert "t0k3n" not in str(refused({"AIRQ_ALERT_URLS": "team=t0k3n://x"}))
    assert "t0k3n" not in str(refused({"AIRQ_PING_URL": "t0k3n"}))


@pytest.mark.parametrize("spec", fields(Settings), ids=lambda spec: str(spec.name))
def test_every_setting_says_what_it_is(spec: Any) -> None:
    """A name in capitals and a sentence that ends."""
    assert spec.metadata["env"].isupper()
    assert spec.metadata["doc"].endswith((".", "`."))


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("AIRQ_HOST", "::1", "host", "::1"),
        ("AIRQ_PORT", " 3001 ", "port", 3001),
        ("AIRQ_ALLOWED_HOSTS", "Air.org, ::1", "allowed_hosts", ("air.org", "[::1]")),
        ("AIRQ_BEHIND_TLS", "yes", "behind_tls", True),
        ("AIRQ_TRUSTED_PROXIES", "2", "trusted_proxies", 2),
        ("AIRQ_VAR_DIR", "/srv/air", "var_dir", Path("/srv/air")),
        ("AIRQ_PROVIDER", "sandbox", "provider", "sandbox"),
        (
            "AIRQ_OPEN_METEO_URL",
            "http://127.0.0.1:8090/",
            "open_meteo_url",
            "http://127.0.0.1:8090",
        ),
        ("AIRQ_LOCATIONS", "places.json", "locations", Path("places.json")),
        ("AIRQ_LOG_FORMAT", "json", "log_format", "json"),
        ("CRON_ENABLE_AUTOMATIC_RECOVERY", "no", "automatic_recovery", False),
        ("CRON_ENABLE_DUPLICATE_PREVENTION", "FALSE", "duplicate_prevention", False),
        ("CRON_ENABLE_METRICS_COLLECTION", "0", "metrics_collection", False),
        ("AIRQ_QUEUE_FAILURE_RATE", ".25", "queue_failure_rate", 0.25),
        ("QUEUE_HEALTH_CHECK_INTERVAL", "5000", "queue_check_interval_ms", 5000),
        ("AIRQ_PORT", "", "port", 3000),
    ],
)
def test_a_name_sets_its_field(name: str, text: str, field: str, value: object) -> None:
    """An empty value is as good as none."""
    assert value == getattr(load({name: text}), field)


@pytest.mark.parametrize(
    ("name", "text", "phrase"),
    [
        ("AIRQ_PORT", "0", "must lie between 1 and 65535"),
        ("AIRQ_PORT", "70000", "must lie between 1 and 65535"),
        ("AIRQ_PORT", "3000.5", "must be a whole number"),
        ("AIRQ_PORT", "٣٠٠٠", "must be a whole number"),
        ("AIRQ_PROVIDER", "waqi", "must be one of auto, open-meteo"),
        ("AIRQ_LOG_FORMAT", "xml", "must be one of auto, json, console"),
        ("AIRQ_REDIS_URL", "amqp://h", "must begin with redis://"),
        ("AIRQ_REDIS_URL", "localhost:6379", "must begin with redis://"),
        ("AIRQ_DATABASE_URL", "mysql://h/d", "must begin with sqlite://"),
        ("AIRQ_OPEN_METEO_URL", "ftp://h", "must be an http"),
        ("AIRQ_OPEN_METEO_URL", "https://", "must be an http"),
        ("CRON_ENABLE_AUTOMATIC_RECOVERY", "maybe", "must be true or false"),
        ("AIRQ_QUEUE_FAILURE_RATE", "10%", "must be a number such as 0.1"),
        ("AIRQ_QUEUE_FAILURE_RATE", "0.0", "must lie between 0 and 1"),
        ("QUEUE_HEALTH_CHECK_INTERVAL", "10", "must lie between 1000 and"),
        ("AIRQ_ALLOWED_HOSTS", "air.org,*", "names or addresses of hosts"),
        ("AIRQ_TRUSTED_PROXIES", "11", "must lie between 0 and 10"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(
    name: str, text: str, phrase: str
) -> None:
    """Nothing starts on a guess."""
    error = refused({name: text})

    assert name == error.setting
    assert phrase in str(error)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "air.org", ""])
def test_no_network_is_listened_to_without_tls(host: str) -> None:
    """The error names the setting that says TLS is there."""
    open_one = load({}, host=host)

    with pytest.raises(ConfigError, match="put a proxy with TLS before it") as caught:
        open_one.check_listening()

    assert "AIRQ_BEHIND_TLS" == caught.value.setting
    replace(open_one, behind_tls=True).check_listening()
    load({}).check_listening()


def test_a_mistyped_name_is_refused() -> None:
    """It would be silently without effect."""
    assert "AIRQ_PROT: is not a setting of airq-cron" == str(
        refused({"AIRQ_PROT": "1"})
    )


def test_names_of_others_are_left_alone() -> None:
    """Only our own prefix is checked."""
    assert Settings() == load({"PATH": "/bin", "CRON_TZ": "UTC", "AIR": "1"})


@pytest.mark.parametrize(
    "url",
    [
        "redis://h:6379/0",
        "rediss://u:p@h/1",
        "valkey://h",
        "valkeys://h",
        "unix:///run/valkey.sock?db=1",
    ],
)
def test_redis_and_valkey_are_both_understood(url: str) -> None:
    """Clients know only the schemes of Redis."""
    found = load({"AIRQ_REDIS_URL": url}).redis_address

    assert found.partition(":")[0] in {"redis", "rediss", "unix"}
    assert url.partition("://")[2] == found.partition("://")[2]
    assert plain_redis_url(url) == found


def test_without_a_broker_its_address_is_an_error() -> None:
    """That names the setting."""
    with pytest.raises(ConfigError, match="AIRQ_REDIS_URL: not set"):
        _ = load({}).redis_address


def test_without_a_database_it_is_sqlite_in_the_data_directory(tmp_path: Path) -> None:
    """Whatever directory a process is started in."""
    settings = load({}, var_dir=tmp_path)

    assert f"sqlite:///{tmp_path}/airq.db" == settings.database_address
    assert Path(load({}).database_address.removeprefix("sqlite:///")).is_absolute()


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    """As container platforms hand it over; the line end is not part of it."""
    path = tmp_path / "url"
    path.write_text("postgresql://u:p@h/d\n")

    found = load({"AIRQ_DATABASE_URL_FILE": str(path)})

    assert Secret("postgresql://u:p@h/d") == found.database_url


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing, or not a text."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")

    for path in (tmp_path / "none", binary):
        error = refused({"AIRQ_REDIS_URL_FILE": str(path)})
        assert "AIRQ_REDIS_URL_FILE" == error.setting


@pytest.mark.parametrize("name", ["AIRQ_OPENAQ_KEY", "AIRQ_IQAIR_KEY"])
def test_a_key_is_a_secret_of_plain_characters(name: str, tmp_path: Path) -> None:
    """It goes into a header or an address, and may lie in a file."""
    path = tmp_path / "key"
    path.write_text("abc-123\n")
    field = name.removeprefix("AIRQ_").lower()

    assert Secret("abc-123") == getattr(load({f"{name}_FILE": str(path)}), field)
    for text in ("two words", "r\u00e9sum\u00e9", "line\nline"):
        error = refused({name: text})
        assert name == error.setting
        assert text not in str(error)


def test_a_secret_does_not_show_itself() -> None:
    """Neither alone nor within the settings."""
    settings = load({"AIRQ_REDIS_URL": "redis://:s3cret@h"})

    assert "***" == str(settings.redis_url)
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in f"{settings}"


@given(text=st.text(), other=st.text())
def test_secrets_compare_by_content(text: str, other: str) -> None:
    """Like texts, but with nothing else."""
    assert (text == other) == (Secret(text) == Secret(other))
    assert hash(Secret(text)) == hash(Secret(text))
    assert Secret(text) != text
    assert text == Secret(text).reveal()


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, "redis://cache:6379/0"),
        ({"BULL_REDIS_PORT": "6380", "BULL_REDIS_DB": "2"}, "redis://cache:6380/2"),
        ({"BULL_REDIS_PASSWORD": "p/w@d"}, "redis://:p%2Fw%40d@cache:6379/0"),
    ],
)
def test_the_names_of_bull_still_work(environ: dict[str, str], url: str) -> None:
    """They stand for the address of Redis."""
    assert url == load({"BULL_REDIS_HOST": "cache", **environ}).redis_address


def test_our_own_name_wins_over_those_of_bull() -> None:
    """It is the more exact one."""
    environ = {"BULL_REDIS_HOST": "cache", "AIRQ_REDIS_URL": "redis://h/1"}

    assert "redis://h/1" == load(environ).redis_address


@pytest.mark.parametrize(("name", "text"), [("PORT", "x"), ("DB", "16"), ("DB", "-1")])
def test_a_wrong_part_of_bull_is_named(name: str, text: str) -> None:
    """As its own setting."""
    environ = {"BULL_REDIS_HOST": "cache", f"BULL_REDIS_{name}": text}

    assert f"BULL_REDIS_{name}" == refused(environ).setting


def test_an_argument_wins_over_the_environment() -> None:
    """Unless it says nothing."""
    environ = {"AIRQ_PORT": "3001", "AIRQ_PROVIDER": "sandbox"}

    found = load(environ, port=4000, provider=None)

    assert (4000, "sandbox") == (found.port, found.provider)


def test_what_a_person_set_is_known() -> None:
    """By value or by file, but not by an empty word."""
    environ = {"AIRQ_PORT": "1", "AIRQ_REDIS_URL_FILE": "/run/x", "AIRQ_HOST": ""}

    assert was_set("AIRQ_PORT", environ)
    assert was_set("AIRQ_REDIS_URL", environ)
    assert not was_set("AIRQ_HOST", environ)


def test_a_child_process_reads_the_same_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Spelt out, whatever its own directory, and with nothing left over."""
    secret = tmp_path / "url"
    secret.write_text("redis://:p@file/0")
    monkeypatch.setenv("AIRQ_REDIS_URL_FILE", str(secret))
    monkeypatch.setenv("AIRQ_LOCATIONS", "gone.json")
    settings = Settings(
        port=4000,
        var_dir=tmp_path,
        redis_url=Secret("redis://:s@h/3"),
        sandbox_data=tmp_path / "a.csv",
        automatic_recovery=False,
        allowed_hosts=("air.org", "[::1]"),
    )

    environ = child_environment(settings)

    assert settings == load({key: environ[key] for key in environ if key in OURS})
    assert "AIRQ_REDIS_URL_FILE" not in environ
    assert "AIRQ_LOCATIONS" not in environ
    assert "PATH" in environ


OURS = frozenset(known_names())


def test_limits_of_queues_come_from_their_settings() -> None:
    """Score and bottlenecks go by the same ones; the defaults are the score's own."""
    assert Limits() == load({}).queue_limits
    told = load(
        {
            "AIRQ_QUEUE_FAILURE_RATE": "0.2",
            "AIRQ_QUEUE_WAITING": "7",
            "AIRQ_QUEUE_PROCESSING_MS": "1500",
            "AIRQ_QUEUE_WAIT_MS": "2500",
        }
    )

    assert Limits(0.2, 7, 1.5, 2.5) == told.queue_limits


@pytest.mark.parametrize(
    ("switched", "flag"),
    [
        ({}, None),
        ({"CRON_ENABLE_PERFORMANCE_MONITORING": "0"}, "PERFORMANCE_MONITORING"),
        ({"CRON_ENABLE_METRICS_COLLECTION": "0"}, "METRICS_COLLECTION"),
    ],
)
def test_the_flag_that_ends_histograms_is_named(
    switched: dict[str, str], flag: str | None
) -> None:
    """So that whoever misses them knows what to set."""
    assert (flag and f"CRON_ENABLE_{flag}") == load(switched).histograms_off


def test_message_keys_are_checked_and_kept_secret(tmp_path: Path) -> None:
    """With commas or on lines of a file, in their order; never shown."""
    old, new = new_key(), new_key()
    path = tmp_path / "keys"
    path.write_text(f"{old}\n{new}\n")
    by_text = load({"AIRQ_MESSAGE_KEYS": f"{old}, {new}"})
    by_file = load({"AIRQ_MESSAGE_KEYS_FILE": str(path)})

    assert Secret(f"{old},{new}") == by_text.message_keys == by_file.message_keys
    assert old not in repr(by_text)
    assert f"{old},{new}" == child_environment(by_file)["AIRQ_MESSAGE_KEYS"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (",", "no key"),
        ("secret", "key 1 of 1"),
        ("A" * 43, "key 1 of 1"),
        ("A" * 44, "key 1 of 1"),
        ("A" * 42 + "+=", "key 1 of 1"),
        (f"{'A' * 43}=,geheim", "key 2 of 2"),
    ],
)
def test_a_malformed_message_key_is_refused_unseen(text: str, why: str) -> None:
    """The setting and the place are named, the way out too, and the key is not."""
    error = str(refused({"AIRQ_MESSAGE_KEYS": text}))

    assert "AIRQ_MESSAGE_KEYS" in error
    assert why in error
    assert "airq keys new" in error
    assert text not in error or text == ","
    assert "geheim" not in error


def test_an_empty_file_of_message_keys_is_refused(tmp_path: Path) -> None:
    """A secret that was not filled in must not switch the seal off."""
    path = tmp_path / "keys"
    path.touch()

    assert "no key" in str(refused({"AIRQ_MESSAGE_KEYS_FILE": str(path)}))
