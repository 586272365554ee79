"""One suite for every provider, real or fake, over real HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from airq_cron.domain.measurement import Location, Origin, Reading, check_reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.reported import index_refusal
from airq_cron.ports import IndexProvider, Provider
from airq_cron.providers.registry import Wiring, make_index_provider, make_provider
from airq_cron.sandbox import Sandbox, SandboxServer, Source, Synthetic
from airq_cron.testing import FakeClock, FakeIndexProvider, FakeProvider
from tests.contract.upstreams import OpenAqData, Upstream, fixture, reply

NOW = datetime(2026, 10, 3, 12, 34, tzinfo=UTC)
TODAY = datetime(2026, 10, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARIS = Location(
    "paris", "Paris", Decimal("48.8566"), Decimal("2.3522"), "Europe/Paris"
)
BRNO_FILE = "open-meteo/hourly_brno_2026-10-01_unixtime.json"


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock at half past twelve, UTC."""
    return FakeClock(NOW)


@dataclass
class Subject:
    """A provider for which it is half past twelve."""

    provider: Provider


def openaq_data() -> OpenAqData:
    """Return stations of which one has eight days of hours, some without a value."""
    data = OpenAqData(fixture("openaq/locations.json")["results"])
    data.values[101] = {
        TODAY + n * HOUR: n % 50 if n % 7 else None for n in range(-200, 0)
    }
    return data


@pytest.fixture(params=["synthetic", "replayed", "recorded", "openaq", "fake"])
def subject(
    request: pytest.FixtureRequest, clock: FakeClock, shared_data: Path
) -> Iterator[Subject]:
    """Give each provider that there is, with something to say about yesterday."""
    if request.param == "fake":
        hours = [Reading(Pollutant.O3, NOW - DAY, Decimal(1), Unit.UG_M3)]
        yield Subject(FakeProvider(readings={"paris": hours}))
    elif request.param == "openaq":
        with Upstream(openaq_data().answer) as running:
            wiring = Wiring(base_url=running.url, clock=clock, key="k")
            yield Subject(make_provider("openaq", wiring))
    elif request.param == "recorded":
        serve = request.getfixturevalue("answering")
        server = serve((shared_data / BRNO_FILE).read_bytes())
        yield Subject(
            make_provider("open-meteo", Wiring(base_url=server.url, clock=clock))
        )
    else:
        source: Source = Synthetic()
        if request.param == "replayed":
            source = request.getfixturevalue("replayed_paris")
        with SandboxServer(Sandbox(source, clock=clock)) as server:
            yield Subject(
                make_provider(
                    "sandbox",
                    Wiring(base_url=server.url, clock=clock, origin=source.origin),
                )
            )


def test_declares_what_it_is(subject: Subject) -> None:
    """Each provider says its name, its pace and whom to thank."""
    provider = subject.provider

    assert provider.id
    assert provider.origin in Origin
    assert timedelta(minutes=1) <= provider.min_interval <= DAY
    assert HOUR <= provider.keeps
    assert 1 <= provider.batch_size
    assert provider.attribution


def test_gives_hours_of_the_period_alone(subject: Subject) -> None:
    """Readings are whole hours in UTC, within [since, until), no two the same."""
    since, until = TODAY - DAY, TODAY

    [answer] = subject.provider.fetch([PARIS], since=since, until=until)

    keys = {(r.pollutant, r.valid_from) for r in answer.readings}
    assert "paris" == answer.location
    assert len(answer.readings) == len(keys) > 0
    for reading in answer.readings:
        assert since <= reading.valid_from < until
        assert timedelta() == reading.valid_from.utcoffset()
        assert reading.value is None or reading.value.is_finite()


def test_gives_no_forecast(subject: Subject) -> None:
    """However far one asks, the hour under way is the last."""
    [answer] = subject.provider.fetch([PARIS], since=NOW - DAY, until=NOW + 5 * DAY)

    assert all(reading.valid_from <= NOW for reading in answer.readings)


def test_gives_the_same_twice(subject: Subject) -> None:
    """The same question has the same answer."""
    first, second = (
        subject.provider.fetch([PARIS], since=NOW - DAY, until=NOW) for _ in range(2)
    )

    assert first == second


def test_answers_nothing_with_nothing(subject: Subject) -> None:
    """No location needs no element."""
    assert [] == subject.provider.fetch([], since=NOW - DAY, until=NOW)


def test_answers_an_empty_period(subject: Subject) -> None:
    """A period without an hour gives each location nothing."""
    [answer] = subject.provider.fetch([PARIS], since=NOW, until=NOW)

    assert ("paris", ()) == (answer.location, answer.readings)


def test_values_pass_the_door(subject: Subject) -> None:
    """What a provider gives is accepted, or refused for a reason we know."""
    [answer] = subject.provider.fetch([PARIS], since=NOW - 7 * DAY, until=NOW)

    refusals = {
        checked
        for reading in answer.readings
        if isinstance(
            checked := check_reading(
                reading,
                provider=subject.provider.id,
                location="paris",
                origin=subject.provider.origin,
                fetched_at=NOW,
            ),
            str,
        )
    }
    assert refusals <= {"missing", "sentinel"}


@pytest.fixture(params=["iqair", "fake"])
def index_provider(
    request: pytest.FixtureRequest, clock: FakeClock
) -> Iterator[IndexProvider]:
    """Give each provider of indices that there is, with something to say."""
    if request.param == "fake":
        yield FakeIndexProvider(clock, values={"paris": 52})
        return
    with Upstream(lambda *_: reply(fixture("iqair/city.json"))) as running:
        wiring = Wiring(base_url=running.url, clock=clock, key="k")
        yield make_index_provider("iqair", wiring)


def test_index_provider_declares_what_it_is(index_provider: IndexProvider) -> None:
    """Each says its name, its pace, what its quota bears, and whom to thank."""
    assert index_provider.id
    assert timedelta(minutes=1) <= index_provider.min_interval <= DAY
    assert timedelta() < index_provider.per_call <= index_provider.min_interval
    assert index_provider.attribution


def test_index_provider_reports_one_place(index_provider: IndexProvider) -> None:
    """What it says is of that place, of now, and each scheme comes once."""
    found = index_provider.report(PARIS)

    assert len(found) == len({one.scheme for one in found}) > 0
    for one in found:
        assert (index_provider.id, "paris") == (one.provider, one.location)
        assert one.valid_at <= one.fetched_at == NOW
        assert timedelta() == one.valid_at.utcoffset()
        assert index_refusal(one.value) is None


def test_index_provider_says_the_same_twice(index_provider: IndexProvider) -> None:
    """The same question has the same answer."""
    assert index_provider.report(PARIS) == index_provider.report(PARIS)
