"""`airq login`: a link for one browser."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from airq_cron.cli import instance
from airq_cron.cli.addresses import login_address
from airq_cron.clock import SystemClock
from airq_cron.config import load
from airq_cron.services.log_in import log_in_by_link
from airq_cron.store.store import SqlStore
from tests.unit.cli.conftest import Person


@pytest.fixture
def running(person: Person) -> Iterator[None]:
    """Have an instance hold the person's directory."""
    layout, clock = instance.Layout(person.var.absolute()), SystemClock()
    layout.prepare()
    settings = load({}, var_dir=person.var)
    record = instance.Instance(
        pid=os.getpid(),
        started_at="2026-03-01T12:00:00Z",
        api="http://127.0.0.1:3000",
        provider="open-meteo",
        data_dir=str(settings.var_dir),
        redis_url="redis://127.0.0.1:1",
        database_url=settings.database_address,
        open_meteo_url="http://127.0.0.1:1",
    )
    with instance.hold(layout, clock):
        instance.write_record(layout, record)
        yield


@pytest.mark.usefixtures("running")
def test_the_link_stands_alone_and_works_once(person: Person, store: SqlStore) -> None:
    """As the token that was named; the rest is told beside."""
    person.types("token create --name me --role viewer")
    result = person.types("login --token me")
    base, _, key = result.stdout.strip().partition("?key=")

    assert "http://127.0.0.1:3000/login" == base
    assert "as me, within 15 minutes" in result.stderr
    at = SystemClock().now()
    opened = [log_in_by_link(store, key, at) for _ in range(2)]
    assert ["me", None] == [one and one.token.name for one in opened]


@pytest.mark.usefixtures("running")
def test_a_program_reads_until_when_it_works(person: Person) -> None:
    """As JSON."""
    person.types("token create --name me --role viewer")

    told = json.loads(person.types("login --token me --json").stdout)

    assert {"link", "token", "expires_at"} == set(told)
    assert "me" == told["token"]


@pytest.mark.usefixtures("running")
def test_no_link_leads_to_an_unknown_token(person: Person) -> None:
    """Exit code 3, and where the names are listed."""
    result = person.types("login --token nobody")

    assert (3, "") == (result.exit_code, result.stdout)
    assert "airq token list" in result.stderr


def test_no_link_leads_to_what_is_not_running(person: Person) -> None:
    """Exit code 4, and what to start."""
    result = person.types("login")

    assert (4, "") == (result.exit_code, result.stdout)
    assert "airq up" in result.stderr


def test_behind_tls_the_link_has_the_name_that_people_use() -> None:
    """On this machine the cookie would not be sent."""
    here = "http://127.0.0.1:3000"
    outside = load({}, behind_tls=True, allowed_hosts=("air.org", "other.org"))

    assert "https://air.org/login?key=k" == login_address(outside, here, "k")
    public = replace(outside, public_url="https://air.org:8443")
    assert "https://air.org:8443/login?key=k" == login_address(public, here, "k")
    assert f"{here}/login?key=k" == login_address(load({}), here, "k")
