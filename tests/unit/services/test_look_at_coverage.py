"""The alert that a place has data, but too few hours of them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from airq_cron.domain.alert_rule import DEFAULTS
from airq_cron.domain.completeness import settled_until
from airq_cron.domain.flip import Flip
from airq_cron.domain.pollutant import Pollutant
from airq_cron.ports import FlipFilter
from airq_cron.services.alert_rules import change_rule
from airq_cron.services.look_at_coverage import COUNTED_EVERY
from airq_cron.services.watch_parts import Asked, PartsWatch
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryHeartbeats, MemoryQueues
from tests.unit.air import Air

HOUR = timedelta(hours=1)
DAY_HOURS, ENOUGH = 24, 18


class Scene:
    """Paris, asked at Open-Meteo, and whoever watches it."""

    def __init__(self, store: SqlStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        heartbeats = MemoryHeartbeats(clock)
        asked = Asked(["open-meteo"])
        self.watch = PartsWatch(store, MemoryQueues(), heartbeats, asked=asked)

    @property
    def day(self) -> datetime:
        """When the day began of which the hours are counted."""
        return settled_until(self.clock.now()) - DAY_HOURS * HOUR

    def give(self, hours: range, air: Air = Air()) -> None:
        """Store these hours of the day; the one before it, and the newest ones."""
        air.store(self.store, self.day - HOUR, [10])
        for hour in (*hours, DAY_HOURS, DAY_HOURS + 1, DAY_HOURS + 2):
            air.store(self.store, self.day + hour * HOUR, [10])

    def look(self) -> list[Flip]:
        """Look twice, when it counts anew; return the alerts about hours."""
        self.clock.advance(COUNTED_EVERY)
        for _ in range(2):
            self.watch.look(self.clock.now())
        with self.store.read() as unit:
            where = FlipFilter(kind="incomplete_data")
            return unit.flips.find(where, limit=9, after=None)


@pytest.fixture
def scene(store: SqlStore, clock: FakeClock) -> Scene:
    """Give Paris without any data."""
    return Scene(store, clock)


def test_three_quarters_of_the_hours_are_enough(scene: Scene) -> None:
    """As for a daily statistic; a place without any data has no gap."""
    assert [] == scene.look()
    scene.give(range(ENOUGH))

    assert [] == scene.look()


def test_fewer_hours_raise_an_alert_though_data_are_fresh(scene: Scene) -> None:
    """It names the pollutant; it ends when the gap is clearly filled."""
    scene.give(range(ENOUGH - 1))
    (flip,) = scene.look()

    assert ("location:paris", "paris", "medium") == (
        flip.subject,
        flip.location,
        flip.severity.value,
    )
    assert "Paris has 17 of the last 24 hours of pm2_5 (open-meteo), " in flip.message
    assert "airq locations gaps paris" in flip.message
    assert (17, 0.75) == (flip.detail["hours"], flip.detail["threshold"])
    scene.give(range(ENOUGH, ENOUGH + 1))
    (flip,) = scene.look()
    assert flip.is_open
    scene.give(range(DAY_HOURS))
    (flip,) = scene.look()
    assert not flip.is_open


def test_one_silent_pollutant_is_seen_beside_others(scene: Scene) -> None:
    """The newest hour of the place is young, so nothing else tells of it."""
    scene.give(range(DAY_HOURS))
    ozone = Air(pollutant=Pollutant.O3)
    ozone.store(scene.store, scene.day - 9 * HOUR, [10])
    (flip,) = scene.look()

    assert ("o3", 0) == (flip.detail["pollutant"], flip.detail["hours"])


def test_a_place_that_is_stale_needs_no_second_alert(scene: Scene) -> None:
    """Unless nobody wants the first; what was open stays as it was."""
    Air().store(scene.store, scene.day - HOUR, [10])
    assert [] == scene.look()
    changes = {"enabled": False}
    change_rule(scene.store, "stale_data", changes, by="cli:a", defaults=DEFAULTS)

    (flip,) = scene.look()
    assert 0 == flip.detail["hours"]


def test_nothing_is_expected_of_a_place_that_is_off_or_imported(scene: Scene) -> None:
    """What is asked of nobody does not come."""
    scene.give(range(0), Air(provider="airparif"))
    assert [] == scene.look()
    scene.give(range(0))
    assert [True] == [flip.is_open for flip in scene.look()]
    with scene.store.read() as unit:
        place = unit.locations.get("paris")
    scene.store.write(lambda unit: unit.locations.save(replace(place, enabled=False)))

    (flip,) = scene.look()
    assert "paris is not watched any more." == flip.cleared_message
