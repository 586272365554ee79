"""Deliveries from an alert to its channel, on a real ledger."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.alert_rule import DEFAULTS
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.run import Run, State
from airq_cron.domain.severity import Severity
from airq_cron.errors import DeliveryError, DeliveryRefusedError, NotFoundError
from airq_cron.ports import RunFilter
from airq_cron.services.deliver import Post, deliver
from airq_cron.services.execute import execute_run
from airq_cron.services.plan_deliveries import plan_deliveries
from airq_cron.services.retry_run import retry_run
from airq_cron.services.sweep import sweep
from airq_cron.services.toggle import toggle_job
from airq_cron.services.trigger import trigger_job
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import FakeClock, RecordingChannel, RecordingDispatcher
from tests.flips import FLIP
from tests.unit.conftest import NOW

NAMES = ["team", "mail"]


class Scene:
    """An instance with two channels."""

    def __init__(self, system: System, clock: FakeClock) -> None:
        self.store: SqlStore = system.store
        self.system = system
        self.clock = clock
        dispatcher = system.dispatcher
        assert isinstance(dispatcher, RecordingDispatcher)
        self.dispatcher = dispatcher
        self.channels = {name: RecordingChannel(name) for name in NAMES}
        self.post = Post(self.store, self.channels, "https://air.example", True)
        self.flip = replace(FLIP, began_at=NOW, raised_at=NOW)

    def raise_alert(self, **more: Any) -> Flip:
        """Store an alert."""
        flip = replace(self.flip, **more)
        assert self.store.write(lambda unit: unit.flips.put(flip))
        return flip

    def clear(self, flip: Flip) -> None:
        """Clear it now."""
        at = self.clock.now()
        assert self.store.write(
            lambda unit: unit.flips.clear(flip.id, ended_at=at, message="It is over.")
        )

    def plan(self, *names: str) -> int:
        """Plan once."""
        channels = [self.channels[name] for name in names or NAMES]
        return plan_deliveries(self.store, self.dispatcher, channels, by="beat-1")

    def work(self, post: Post | None = None) -> list[State | None]:
        """Let a worker take what was published so far."""
        ids = self.dispatcher.ids
        self.dispatcher.published.clear()
        return [
            execute_run(
                self.store,
                self.dispatcher,
                run_id,
                owner="worker-1:7",
                body=lambda claim: deliver(post or self.post, claim),
                chance=lambda: 1.0,
            )
            for run_id in ids
        ]

    def runs(self) -> list[Run]:
        """Return all deliveries, with their attempts."""
        with self.store.read() as unit:
            found = unit.runs.find(RunFilter(job="notify"), limit=99, after=None)
            return [unit.runs.get(run.id) for run in found]

    def sent(self, name: str = "team") -> list[str]:
        """Return the types of what a channel was sent."""
        return [one.type.value for one in self.channels[name].sent]


@pytest.fixture
def scene(system: System, clock: FakeClock) -> Scene:
    """Give an instance with two channels."""
    return Scene(system, clock)


def test_an_alert_reaches_every_channel_once(scene: Scene) -> None:
    """However often and by whomever it is planned."""
    scene.raise_alert()

    assert [2, 0, 0] == [scene.plan() for _ in range(3)]
    assert [State.SUCCEEDED] * 2 == scene.work()
    assert ["alert.raised"] == scene.sent("team") == scene.sent("mail")
    assert {f"flip:{scene.flip.id}:{name}" for name in NAMES} == {
        run.origin for run in scene.runs()
    }
    assert {"channel": "team", "answer": "taken"} in [
        run.result for run in scene.runs()
    ]


def test_without_channels_or_alerts_nothing_is_planned(scene: Scene) -> None:
    """And nothing is written."""
    assert 0 == scene.plan()
    scene.raise_alert()
    planned = plan_deliveries(scene.store, scene.dispatcher, [], by="beat-1")

    assert 0 == planned
    assert [] == scene.runs()


def test_a_job_that_is_switched_off_tells_nobody(scene: Scene) -> None:
    """When it is on again, what is still news is told."""
    scene.raise_alert()
    toggle_job(scene.store, "notify", enabled=False, by="cli:me")
    planned = scene.plan()
    toggle_job(scene.store, "notify", enabled=True, by="cli:me")

    assert [0, 2] == [planned, scene.plan()]


def test_a_crash_between_alert_and_delivery_costs_nothing(scene: Scene) -> None:
    """The next look finds what is missing, also when Redis is gone."""
    scene.raise_alert()
    scene.dispatcher.broken = True
    assert 2 == scene.plan()
    assert [] == scene.work()
    scene.dispatcher.broken = False
    scene.clock.advance(timedelta(seconds=5))
    sweep(scene.store, scene.dispatcher, scene.system.queues, take_back=False)

    assert [State.SUCCEEDED] * 2 == scene.work()


def test_the_end_is_told_to_those_who_were_told_of_the_beginning(scene: Scene) -> None:
    """A channel that was set in between hears nothing of either."""
    flip = scene.raise_alert()
    scene.plan("team")
    scene.work()
    scene.clock.advance(timedelta(minutes=9))
    scene.clear(flip)

    assert 1 == scene.plan()
    scene.work()
    assert ["alert.raised", "alert.resolved"] == scene.sent("team")
    assert [] == scene.sent("mail")
    assert "after 9 min" in scene.channels["team"].sent[-1].text


def test_an_alert_that_is_over_before_it_is_told_is_told_once(scene: Scene) -> None:
    """The end says it all."""
    flip = scene.raise_alert()
    scene.plan("team")
    scene.clear(flip)
    scene.plan("team")

    assert sorted([State.SKIPPED, State.SUCCEEDED]) == sorted(
        state for state in scene.work() if state
    )
    assert ["alert.resolved"] == scene.sent()


def test_a_channel_hears_only_what_is_urgent_enough_for_it(scene: Scene) -> None:
    """A telephone at night is for what cannot wait."""
    scene.channels["team"].least = Severity.HIGH
    scene.raise_alert(severity=Severity.MEDIUM)
    scene.raise_alert(key="2", condition="2", severity=Severity.CRITICAL)

    assert 3 == scene.plan()
    scene.work()
    assert [Severity.CRITICAL] == [one.severity for one in scene.channels["team"].sent]


def test_an_alert_that_nobody_sees_to_is_told_again(scene: Scene) -> None:
    """As often as its rule says, until somebody acknowledges it."""
    flip = scene.raise_alert(kind=FlipKind.BROKER_LOST, key="2", condition="2")
    for _ in range(3):
        scene.plan("team")
        scene.work()
        scene.clock.advance(timedelta(hours=1))
    scene.plan("team")
    scene.store.write(
        lambda unit: unit.flips.acknowledge(
            flip.id, at=scene.clock.now(), by="cli:me", note="on my way"
        )
    )

    assert [State.SKIPPED] == scene.work()
    scene.clock.advance(timedelta(hours=1))
    assert 0 == scene.plan("team")
    assert ["alert.raised", "alert.repeated", "alert.repeated"] == scene.sent()


def test_a_rule_that_people_changed_counts(scene: Scene) -> None:
    """Switched off, it tells nobody of what is raised."""
    rule = replace(DEFAULTS[FlipKind.BROKER_LOST], enabled=False)
    scene.raise_alert(kind=FlipKind.BROKER_LOST, key="2", condition="2")
    scene.store.write(lambda unit: unit.alert_rules.put(rule))

    assert 0 == scene.plan()


def test_what_fails_is_tried_again_when_the_other_side_says(scene: Scene) -> None:
    """Retry-After is kept; each attempt is recorded with its error."""
    retry_at = scene.clock.now() + timedelta(minutes=4)
    scene.channels["team"].errors = [DeliveryError("503", retry_at=retry_at)]
    scene.raise_alert()
    scene.plan("team")

    assert [State.WAITING] == scene.work()
    (run,) = scene.runs()
    assert retry_at == run.not_before
    scene.clock.set_to(retry_at)
    sweep(scene.store, scene.dispatcher, scene.system.queues, take_back=False)
    assert [State.SUCCEEDED] == scene.work()
    assert ["DeliveryError: 503", None] == [
        one.error for one in scene.runs()[0].attempts
    ]


def test_five_attempts_are_made_at_most(scene: Scene) -> None:
    """Then it is a dead letter that a person can send again."""
    scene.channels["team"].errors = [DeliveryError("503") for _ in range(5)]
    scene.raise_alert()
    scene.plan("team")
    states = scene.work()
    while states[-1] is State.WAITING:
        scene.clock.advance(timedelta(minutes=5))
        sweep(scene.store, scene.dispatcher, scene.system.queues, take_back=False)
        states += scene.work()

    assert [*[State.WAITING] * 4, State.FAILED] == states
    (run,) = scene.runs()
    retry_run(scene.store, scene.dispatcher, run.id, by="cli:me")
    assert [State.SUCCEEDED] == scene.work()


def test_a_refusal_is_not_tried_again(scene: Scene) -> None:
    """A person must change something first."""
    scene.channels["team"].errors = [DeliveryRefusedError("404")]
    scene.raise_alert()
    scene.plan("team")

    assert [State.FAILED] == scene.work()
    assert [] == scene.work()
    (run,) = scene.runs()
    assert "DeliveryRefusedError: 404" == run.error


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda post: replace(post, enabled=False), "notifications_off"),
        (lambda post: replace(post, channels={}), "channel_removed"),
    ],
)
def test_what_nobody_wants_any_more_is_skipped(
    scene: Scene, spoil: Callable[[Post], Post], reason: str
) -> None:
    """With the reason."""
    scene.raise_alert()
    scene.plan("team")

    assert [State.SKIPPED] == scene.work(spoil(scene.post))
    assert reason == scene.runs()[0].reason


def test_a_run_by_hand_sends_a_test(scene: Scene) -> None:
    """To every channel."""
    trigger_job(scene.store, scene.dispatcher, "notify", key="1")

    assert [State.SUCCEEDED] == scene.work()
    assert ["test"] == scene.sent("team") == scene.sent("mail")


def test_a_test_that_fails_says_where(scene: Scene) -> None:
    """The others are sent all the same."""
    scene.channels["team"].errors = [DeliveryError("team: 503")]
    trigger_job(scene.store, scene.dispatcher, "notify", key="1")

    assert [State.WAITING] == scene.work()
    assert "team: 503" in str(scene.runs()[0].attempts[0].error)
    assert ["test"] == scene.sent("mail")


def test_a_test_needs_a_channel_that_is_there(scene: Scene) -> None:
    """Else it is not found."""
    at = scene.clock.now()

    assert "taken" == scene.post.test("team", id="1", at=at)
    with pytest.raises(NotFoundError, match="unknown channel: nobody"):
        scene.post.test("nobody", id="1", at=at)
