"""Addresses that clients would read in another way than they are meant."""

import pytest

from airq_cron.domain.setting_text import url

parse = url("redis", "unix", "sqlite", "postgresql")


@pytest.mark.parametrize(
    "text",
    [
        "redis://127.0.0.1:6379/0",
        "redis:///0",
        "redis://:p%2Fw%23%3F@h:1/0?ssl_ca_certs=/etc/ca.crt",
        "redis://user:p@ss@h:1",
        "redis://[::1]:6379/0",
        "unix:///run/a@b/valkey.sock?db=1&password=a@b",
        "sqlite:////home/a@b/airq.db",
        "postgresql://airq@db.example/airq?host=/run/postgresql",
        "postgresql:///airq",
    ],
)
def test_an_address_is_taken_as_it_is(text: str) -> None:
    """With whatever its password may hold."""
    assert text == parse(text).reveal()


@pytest.mark.parametrize(
    "text",
    [
        "redis://:geheim/x@h:1/0",
        "redis://:geheim#x@h:1/0",
        "redis://:geheim?x@h:1/0",
        "redis://:12/geheim@h:1/0",
        "postgresql://user:geheim/x@h/airq",
        "postgresql://h:geheim/airq",
        "redis://[geheim",
    ],
)
def test_a_password_that_ends_the_host_is_refused_unseen(text: str) -> None:
    """With how such characters are written."""
    with pytest.raises(ValueError, match="%2F") as caught:
        parse(text)

    assert "geheim" not in str(caught.value)
