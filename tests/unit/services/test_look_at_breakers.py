"""The alerts that a breaker has opened, and that it stays open."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from airq_cron.domain.breaker import (
    Breaker,
    BreakerChange,
    BreakerRules,
    BreakerState,
    Hold,
)
from airq_cron.domain.flip import Flip
from airq_cron.ports import FlipFilter
from airq_cron.services.look_at_breakers import describe
from airq_cron.services.read_breakers import BreakerLine
from airq_cron.services.watch_breakers import keep_change
from airq_cron.services.watch_parts import Asked, PartsWatch
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryHeartbeats, MemoryQueues

MINUTE = timedelta(minutes=1)
USUAL = BreakerRules()


def breaker_line(
    clock: FakeClock,
    known: Breaker,
    hold: Hold | None = None,
    *,
    is_local: bool = False,
) -> BreakerLine:
    state = BreakerState.OPEN if hold else known.state
    return BreakerLine(
        "open-meteo", state, known, USUAL, USUAL, hold, is_local, clock.now()
    )


def opened(at: datetime, error: str = "503") -> Breaker:
    return Breaker(BreakerState.OPEN, 5, opened_at=at, error=error)


@dataclass
class Scene:
    """One breaker, and whoever watches it."""

    store: SqlStore
    clock: FakeClock
    lines: list[BreakerLine] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Watch it from the beginning."""
        queues, heartbeats = MemoryQueues(), MemoryHeartbeats(self.clock)
        self.watch = PartsWatch(
            self.store, queues, heartbeats, asked=Asked(breakers=lambda: self.lines)
        )

    def see(self, known: Breaker, hold: Hold | None = None, **more: bool) -> list[Flip]:
        """Look once at the breaker as it is; return all alerts about it."""
        self.lines = [breaker_line(self.clock, known, hold, **more)]
        self.watch.look(self.clock.now())
        return self.alerts()

    def alerts(self) -> list[Flip]:
        """Return all alerts about breakers, those that it opened first."""
        with self.store.read() as unit:
            found = unit.flips.find(FlipFilter(), limit=99, after=None)
        about = [one for one in found if one.subject == "breaker:open-meteo"]
        return sorted(about, key=lambda one: (one.kind, one.raised_at))


@pytest.fixture
def scene(store: SqlStore, clock: FakeClock) -> Scene:
    """Give a breaker that is closed."""
    return Scene(store, clock)


def test_a_breaker_that_opens_raises_an_alert_at_the_first_look(scene: Scene) -> None:
    """With what failed; it ends when the breaker says that it closed."""
    opened_at = scene.clock.now()
    scene.clock.advance(MINUTE)
    for _ in range(2):
        scene.see(opened(opened_at))
    (flip,) = scene.alerts()

    assert ("breaker_open", "medium", opened_at) == (
        flip.kind,
        flip.severity.value,
        flip.began_at,
    )
    assert "5 failures: 503." in flip.message
    assert {"failures": 5, "last_error": "503"} == flip.detail
    closed_at = opened_at + 6 * MINUTE
    scene.clock.advance(9 * MINUTE)
    (flip,) = scene.see(Breaker(closed_at=closed_at))
    assert closed_at == flip.ended_at
    assert "The breaker of open-meteo is closed again; the alert held for 6 min." == (
        flip.cleared_message
    )


def test_one_that_stays_open_is_worse(scene: Scene) -> None:
    """After three timeouts, with what the last probe said; both end together."""
    opened_at = scene.clock.now()
    scene.clock.advance(3 * USUAL.timeout)
    assert 1 == len(scene.see(opened(opened_at)))
    scene.clock.advance(timedelta(seconds=1))
    half = replace(opened(opened_at, "timed out"), state=BreakerState.HALF_OPEN)
    _, stuck = scene.see(half)

    assert ("breaker_stuck", "high", opened_at, "timed out") == (
        stuck.kind,
        stuck.severity.value,
        stuck.began_at,
        stuck.detail["last_error"],
    )
    assert "more than 3 timeouts of 5 min, at 2026-03-01T12:00:30Z: timed out." in (
        stuck.message
    )
    assert [False, False] == [one.is_open for one in scene.see(Breaker())]


def test_what_a_person_opened_wakes_nobody(scene: Scene) -> None:
    """Who did it knows; and one who takes over ends what was raised before."""
    hold = Hold("open-meteo", "their maintenance", "cli:me", scene.clock.now())
    scene.clock.advance(60 * MINUTE)
    assert [] == scene.see(Breaker(), hold)
    assert 2 == len(scene.see(opened(scene.clock.now() - 60 * MINUTE)))
    taken_over = scene.see(opened(scene.clock.now() - 60 * MINUTE), hold)

    assert [False, False] == [one.is_open for one in taken_over]
    assert "cli:me keeps the breaker of open-meteo open: their maintenance; " in str(
        taken_over[0].cleared_message
    )


def test_what_one_process_sees_alone_says_nothing(scene: Scene) -> None:
    """It neither raises nor ends anything; Redis tells when it is back."""
    opened_at = scene.clock.now()
    assert [] == scene.see(opened(opened_at), is_local=True)
    scene.see(opened(opened_at))
    (flip,) = scene.see(Breaker(), is_local=True)

    assert flip.is_open


def test_the_call_that_opens_it_raises_the_alert(scene: Scene) -> None:
    """Though it may be closed again before anybody looks; a look adds none."""
    at = scene.clock.now()
    closed, open_ = BreakerState.CLOSED, BreakerState.OPEN
    change = BreakerChange("open-meteo", at, closed, open_, "503", 5)
    keep_change(scene.store, change, is_local=True)
    keep_change(
        scene.store, replace(change, after=BreakerState.HALF_OPEN), is_local=False
    )
    assert [] == scene.alerts()
    keep_change(scene.store, change, is_local=False)
    scene.see(opened(at))
    (flip,) = scene.alerts()

    assert ("breaker_open", at, True) == (flip.kind, flip.began_at, flip.is_open)
    with scene.store.read() as unit:
        assert 3 == len(unit.breakers.history("open-meteo", limit=9, after=None))
    (flip,) = scene.see(Breaker())
    assert not flip.is_open


def test_a_hold_is_told_with_its_reason(clock: FakeClock) -> None:
    """It counts from when a person set it."""
    hold = Hold("open-meteo", "their maintenance", "cli:me", clock.now())
    held = breaker_line(clock, opened(clock.now() - 60 * MINUTE), hold)

    assert describe(held).endswith("2026-03-01T12:00:30Z: their maintenance")
