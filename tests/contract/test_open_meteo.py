"""Open-Meteo's own way of asking and failing, over real HTTP."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airq_cron.domain.measurement import Location
from airq_cron.domain.pollutant import Pollutant
from airq_cron.errors import (
    MalformedError,
    PermanentLocationError,
    PermanentProviderError,
    QuotaError,
    TransientError,
)
from airq_cron.ports import Provider
from airq_cron.providers.http import Limits
from airq_cron.providers.registry import Wiring, make_provider
from airq_cron.sandbox import Fault, Sandbox, SandboxServer, Source, Synthetic
from airq_cron.testing import FakeClock

NOW = datetime(2026, 10, 3, 12, 34, tzinfo=UTC)
TODAY = datetime(2026, 10, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARIS = Location(
    "paris", "Paris", Decimal("48.8566"), Decimal("2.3522"), "Europe/Paris"
)
LYON = Location("lyon", "Lyon", Decimal("45.764"), Decimal("4.8357"), "Europe/Paris")
QUITO = Location("quito", "Quito", Decimal("-0.18"), Decimal("-78.47"), "America/Lima")
BRNO_FILE = "open-meteo/hourly_brno_2026-10-01_unixtime.json"
QUICK = Limits(connect_s=2, read_s=2, total_s=4, body_bytes=3_000_000)


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock at half past twelve, UTC."""
    return FakeClock(NOW)


@pytest.fixture
def sandbox(clock: FakeClock) -> Iterator[SandboxServer]:
    """Run a sandbox with the synthetic model."""
    with SandboxServer(Sandbox(Synthetic(), clock=clock)) as server:
        yield server


@pytest.fixture
def provider(sandbox: SandboxServer, clock: FakeClock) -> Provider:
    """Give the provider that asks the sandbox."""
    return make_provider(
        "sandbox", Wiring(base_url=sandbox.url, clock=clock, limits=QUICK)
    )


@pytest.fixture
def fail(sandbox: SandboxServer, clock: FakeClock) -> Callable[..., None]:
    """Give a function that makes the next answer go wrong."""

    def add(kind: str, **more: Any) -> None:
        sandbox.sandbox.faults.add(Fault(kind, count=1, **more), clock.monotonic())

    return add


def test_batch_is_one_call_in_order(provider: Provider, sandbox: SandboxServer) -> None:
    """Several places cost one call, and each gets its own values."""
    places = [QUITO, PARIS, LYON]

    answers = provider.fetch(places, since=NOW - 6 * HOUR, until=NOW)

    alone = [
        provider.fetch([place], since=NOW - 6 * HOUR, until=NOW)[0] for place in places
    ]
    assert ["quito", "paris", "lyon"] == [answer.location for answer in answers]
    assert alone == answers
    assert 3 == len({answer.readings for answer in answers})
    assert {"ok": 4} == sandbox.sandbox.stats()["outcomes"]


def test_all_pollutants_of_each_hour_come(provider: Provider) -> None:
    """Six pollutants, hour by hour, the one under way included."""
    since = NOW.replace(minute=0) - 3 * HOUR

    [answer] = provider.fetch([PARIS], since=since, until=NOW + HOUR)

    expected = {(p, since + n * HOUR) for p in Pollutant for n in range(4)}
    assert expected == {(r.pollutant, r.valid_from) for r in answer.readings}


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (NOW - HOUR, NOW, (0, 1)),
        (NOW - DAY, NOW, (1, 1)),
        (TODAY - DAY, TODAY, (1, 0)),
        (TODAY - DAY, TODAY + timedelta(seconds=1), (1, 1)),
        (TODAY - 92 * DAY, NOW, (92, 1)),
        (TODAY - 400 * DAY, NOW, (92, 1)),
        (TODAY - 30 * DAY, TODAY - 20 * DAY, (30, 0)),
        (NOW - HOUR, NOW + 9 * DAY, (0, 1)),
    ],
)
def test_days_that_cover_the_period_are_asked_for(
    provider: Provider,
    sandbox: SandboxServer,
    since: datetime,
    until: datetime,
    expected: tuple[int, int],
) -> None:
    """Past days reach back to the first hour, today is asked for when needed."""
    provider.fetch([PARIS, QUITO], since=since, until=until)

    assert (
        "latitude=48.8566,-0.18&longitude=2.3522,-78.47&hourly=pm2_5,pm10,ozone,"
        "nitrogen_dioxide,sulphur_dioxide,carbon_monoxide"
        f"&past_days={expected[0]}&forecast_days={expected[1]}"
        "&timezone=UTC&timeformat=unixtime"
    ) == sandbox.sandbox.stats()["last"]["query"]


def test_batch_is_bounded(provider: Provider) -> None:
    """A hundred places fit; one more is a mistake of the caller."""
    places = [PARIS] * provider.batch_size

    assert 100 == len(provider.fetch(places, since=NOW - HOUR, until=NOW))
    with pytest.raises(ValueError, match="101 locations"):
        provider.fetch([*places, LYON], since=NOW - HOUR, until=NOW)


def test_contact_is_sent(sandbox: SandboxServer, clock: FakeClock) -> None:
    """The upstream learns whom to write to."""
    asking = make_provider(
        "open-meteo",
        Wiring(base_url=sandbox.url, clock=clock, contact="https://a.example"),
    )

    asking.fetch([PARIS], since=NOW - HOUR, until=NOW)

    agent = sandbox.sandbox.stats()["last"]["user_agent"]
    assert agent.startswith("airq-cron/")
    assert agent.endswith(" (+https://a.example)")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("truncated", MalformedError),
        ("short", MalformedError),
        ("html", MalformedError),
        ("text", MalformedError),
        ("nan", MalformedError),
        ("unequal", MalformedError),
        ("unit", MalformedError),
        ("drop", TransientError),
        ("redirect", TransientError),
        ("500", TransientError),
        ("503", TransientError),
        ("429-minutely", QuotaError),
        ("429-hourly", QuotaError),
        ("429-daily", QuotaError),
        ("429-concurrent", QuotaError),
        ("400-location", PermanentLocationError),
        ("403", PermanentProviderError),
        ("410", PermanentProviderError),
    ],
)
def test_fault_has_its_class_and_passes(
    provider: Provider, fail: Callable[..., None], kind: str, error: type[Exception]
) -> None:
    """Each fault gives one error, and the next call is answered."""
    fail(kind)

    with pytest.raises(error) as caught:
        provider.fetch([PARIS], since=NOW - HOUR, until=NOW)

    assert error is type(caught.value)
    assert str(caught.value).startswith("127.0.0.1: ")
    assert provider.fetch([PARIS], since=NOW - HOUR, until=NOW)[0].readings


def test_quota_ends_by_our_clock(provider: Provider, fail: Callable[..., None]) -> None:
    """A used-up hour is asked again after the next full one."""
    fail("429-hourly")

    with pytest.raises(QuotaError) as caught:
        provider.fetch([PARIS], since=NOW - HOUR, until=NOW)

    assert "hour" == caught.value.window
    begin = datetime(2026, 10, 3, 13, 1, tzinfo=UTC)
    assert begin <= caught.value.retry_at < begin + timedelta(seconds=30)


def test_nulls_are_no_readings(provider: Provider, fail: Callable[..., None]) -> None:
    """An answer without a value is an answer."""
    fail("nulls")

    [answer] = provider.fetch([PARIS], since=NOW - DAY, until=NOW)

    assert () == answer.readings


def test_stale_answer_lacks_the_newest_hours(
    provider: Provider, fail: Callable[..., None]
) -> None:
    """Hours that the upstream does not have yet are missing, no error."""
    fail("stale", value=6.0)

    [answer] = provider.fetch([PARIS], since=NOW - DAY, until=NOW)

    newest = max(reading.valid_from for reading in answer.readings)
    assert datetime(2026, 10, 3, 6, tzinfo=UTC) == newest


def test_recorded_values_arrive(
    answering: Any, clock: FakeClock, shared_data: Path
) -> None:
    """Brno's body over HTTP gives the hours asked for, to the digit."""
    server = answering((shared_data / BRNO_FILE).read_bytes())
    asking = make_provider("open-meteo", Wiring(base_url=server.url, clock=clock))

    [answer] = asking.fetch(
        [PARIS],
        since=datetime(2026, 10, 1, 4, tzinfo=UTC),
        until=datetime(2026, 10, 1, 6, tzinfo=UTC),
    )

    assert [("pm2_5", "9.4"), ("pm2_5", "9.8"), ("pm10", "13.5"), ("pm10", "13.0")] == [
        (reading.pollutant.value, str(reading.value)) for reading in answer.readings
    ]
    assert b"GET /v1/air-quality?latitude=48.8566&" in server.requests[0]


def test_recorded_refusals_arrive(
    answering: Any, clock: FakeClock, shared_data: Path
) -> None:
    """Every body that was recorded from the real server becomes its outcome."""
    text = (shared_data / "open-meteo/errors.json").read_text(encoding="utf-8")
    outcomes = []
    for case in json.loads(text)["cases"]:
        server = answering(case["body_text"], case["status"])
        asking = make_provider("open-meteo", Wiring(base_url=server.url, clock=clock))
        with pytest.raises(Exception) as caught:  # noqa: PT011
            asking.fetch([PARIS], since=NOW - HOUR, until=NOW)
        outcomes.append(getattr(caught.value, "outcome", caught.value))

    assert [
        *("quota", "quota", "quota", "quota", "transient"),
        *("permanent_provider", "permanent_location"),
        *("permanent_provider", "permanent_location"),
        *("malformed", "malformed", "transient"),
    ] == outcomes


def test_base_address_may_have_a_path(answering: Any, clock: FakeClock) -> None:
    """A compatible server may live below a path."""
    server = answering(b"", 503)
    asking = make_provider(
        "open-meteo", Wiring(base_url=f"{server.url}/om/", clock=clock)
    )

    with pytest.raises(TransientError):
        asking.fetch([PARIS], since=NOW - HOUR, until=NOW)

    assert b"GET /om/v1/air-quality?" in server.requests[0]


def test_replayed_day_is_that_of_the_file(
    clock: FakeClock, replayed_paris: Source
) -> None:
    """Through file, wire and provider, 14 March 2014 keeps its mean, 12 years on."""
    shift = 626 * 7 * DAY
    begin = datetime(2014, 3, 13, 23, tzinfo=UTC) + shift
    clock.set_to(begin + DAY)

    with SandboxServer(Sandbox(replayed_paris, clock=clock)) as server:
        asking = make_provider("sandbox", Wiring(base_url=server.url, clock=clock))
        [answer] = asking.fetch([LYON], since=begin, until=begin + DAY)

    values = [r.value for r in answer.readings if r.pollutant is Pollutant.PM2_5]
    assert datetime(2026, 3, 13, tzinfo=UTC).date() == clock.now().date()
    assert 24 == len(values)
    assert Decimal("96.5417") == round(sum(filter(None, values), Decimal(0)) / 24, 4)
