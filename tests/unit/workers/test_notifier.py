"""The threads in beat that have people told, and say that beat is alive."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.config import Secret
from airq_cron.domain.run import State
from airq_cron.errors import DeliveryError
from airq_cron.ports import RunFilter
from airq_cron.services.plan_deliveries import plan_deliveries
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import FakeClock, RecordingChannel
from tests.conftest import WaitUntil
from tests.flips import FLIP
from tests.receiver import Receiver
from tests.unit.conftest import NOW


@pytest.fixture
def channel(system: System) -> RecordingChannel:
    """Give the only channel."""
    found = RecordingChannel()
    vars(system)["channels"] = {found.name: found}
    return found


@pytest.fixture
def notifier(system: System, channel: RecordingChannel) -> Any:
    """Give the thread, which is not started."""
    module = importlib.import_module("workers.notifier")
    return module.Notifier(system, "beat-1", every_s=0.01)


def raise_alert(store: SqlStore) -> None:
    flip = replace(FLIP, began_at=NOW, raised_at=NOW)
    assert store.write(lambda unit: unit.flips.put(flip))


def states(store: SqlStore) -> list[tuple[State, str | None]]:
    with store.read() as unit:
        runs = unit.runs.find(RunFilter(job="notify"), limit=9, after=None)
        return [(run.state, run.owner) for run in runs]


def test_a_worker_has_thirty_seconds(
    notifier: Any, store: SqlStore, clock: FakeClock, channel: RecordingChannel
) -> None:
    """Then beat claims the delivery as a worker would, and sends it."""
    raise_alert(store)

    assert 0 == notifier.attend()
    clock.advance(timedelta(seconds=30))
    assert 0 == notifier.attend()
    clock.advance(timedelta(seconds=1))
    assert 1 == notifier.attend()
    assert 0 == notifier.attend()
    assert ["alert.raised"] == [one.type.value for one in channel.sent]
    assert [State.SUCCEEDED] == [state for state, _ in states(store)]


def test_what_a_worker_has_claimed_is_left_to_it(
    notifier: Any, store: SqlStore, clock: FakeClock, channel: RecordingChannel
) -> None:
    """However long it takes: its lease is its own."""
    raise_alert(store)
    notifier.attend()
    with store.read() as unit:
        (run,) = unit.runs.find(RunFilter(job="notify"), limit=9, after=None)
    store.write(
        lambda unit: unit.runs.claim(run.id, owner="w:1", lease=timedelta(hours=1))
    )
    clock.advance(timedelta(minutes=5))

    assert 0 == notifier.attend()
    assert [] == channel.sent


def test_a_failure_of_beats_own_is_an_attempt_like_any_other(
    notifier: Any, store: SqlStore, clock: FakeClock, channel: RecordingChannel
) -> None:
    """It waits for its next one."""
    channel.errors = [DeliveryError("503")]
    raise_alert(store)
    notifier.attend()
    clock.advance(timedelta(seconds=31))

    assert 1 == notifier.attend()
    assert [State.WAITING] == [state for state, _ in states(store)]


def test_without_notifications_alerts_are_stored_and_nothing_is_sent(
    system: System, store: SqlStore, clock: FakeClock, channel: RecordingChannel
) -> None:
    """`CRON_ENABLE_ALERT_NOTIFICATIONS=false`, also for what was planned before."""
    raise_alert(store)
    settings = replace(system.settings, alert_notifications=False)
    quiet = replace(system, settings=settings)
    vars(quiet).update(channels=system.channels, dispatcher=system.dispatcher)
    notifier = importlib.import_module("workers.notifier").Notifier(quiet, "beat-1")

    notifier.attend()
    assert [] == states(store)
    plan_deliveries(store, system.dispatcher, [channel], by="beat-2")
    clock.advance(timedelta(seconds=31))
    notifier.attend()
    assert [State.SKIPPED] == [state for state, _ in states(store)]
    assert [] == channel.sent


def test_a_ledger_without_the_job_is_left_alone(
    notifier: Any, system: System, store: SqlStore, wait_until: WaitUntil
) -> None:
    """It belongs to an older version; the thread stops when it is told to."""
    store.write(lambda unit: unit.jobs.remove("notify"))
    raise_alert(store)
    notifier.start()
    wait_until(notifier.is_alive, "it runs")
    notifier.stop()
    notifier.join(10)

    assert not notifier.is_alive()
    assert [] == states(store)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give the outside service."""
    with Receiver() as found:
        yield found


def pinger(system: System, receiver: Receiver, *, is_well: bool) -> Any:
    address = Secret(f"{receiver.url}/secret-id")
    settings = replace(system.settings, ping_url=address, alert_allow_private=True)
    module = importlib.import_module("workers.pinger")
    return module.Pinger(replace(system, settings=settings), lambda: is_well, 0.01)


def test_the_outside_service_hears_from_us(
    system: System, receiver: Receiver, wait_until: WaitUntil
) -> None:
    """Again and again, also after an answer that is an error."""
    receiver.status = 500
    thread = pinger(system, receiver, is_well=True)
    thread.start()
    wait_until(lambda: len(receiver.received) > 2, "three pings")
    thread.stop()
    thread.join(10)

    assert {("GET", "/secret-id")} == {
        (one.method, one.path) for one in receiver.received
    }


def test_silence_is_the_alarm(
    system: System, receiver: Receiver, caplog: Any, wait_until: WaitUntil
) -> None:
    """While beat does not tick, or does not watch, nothing is sent."""
    thread = pinger(system, receiver, is_well=False)
    thread.start()
    wait_until(lambda: "no ping is sent" in caplog.text, "it says so")
    thread.stop()
    thread.join(10)

    assert [] == receiver.received
