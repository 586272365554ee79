"""Alerts about the air, from what is fetched to what is stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airq_cron.domain.alert import parse_rules
from airq_cron.domain.flip import Flip
from airq_cron.domain.measurement import Location, Measurement
from airq_cron.domain.period import HOUR
from airq_cron.domain.pollutant import Pollutant
from airq_cron.ports import FlipFilter, Unit
from airq_cron.services.seed import PARIS as SEED
from airq_cron.services.watch_air import Turns, watch_air
from airq_cron.store.measurements import SqlMeasurements
from airq_cron.store.store import SqlStore
from tests.unit.air import Air

RULES = parse_rules("eaqi-2024:4")
BOTH = parse_rules("eaqi-2024:4,us-epa-2024:151")
PARIS = replace(SEED, providers=("open-meteo",))
# An hour before midnight in Paris, on the day before the clocks go forward.
EVENING = datetime(2026, 3, 28, 22, tzinfo=UTC)
BAD, GOOD = 80.0, 10.0


class Watch:
    """Fetches hour after hour for one place, and judges what came."""

    def __init__(self, store: SqlStore, place: Location) -> None:
        self.store = store
        self.place = place
        self.rules = RULES
        self.at = EVENING

    def see(self, *values: float | None, air: Air | None = None) -> None:
        """Let an hour pass for each value; None is an hour for which nothing came."""
        air = air or Air(location=self.place.id)
        for value in values:
            rows = air.rows(self.at, [value])
            self.judge(rows)
            self.at += HOUR

    def judge(self, rows: Sequence[Measurement]) -> dict[str, int]:
        """Judge *rows* an hour after the present hour began, and store both."""
        later = self.at + timedelta(minutes=59)
        turns = watch_air(self.store, self.rules, [self.place], rows, later)

        def work(unit: Unit) -> dict[str, int]:
            unit.measurements.upsert_known(rows)
            return turns.carry_out(unit)

        return self.store.write(work)

    def flips(self, **where: object) -> list[Flip]:
        """Return the flips so far, the first raised first."""
        with self.store.read() as unit:
            found = unit.flips.find(
                FlipFilter(**where),  # type: ignore[arg-type]
                limit=100,
                after=None,
            )
        return sorted(found, key=lambda one: (one.raised_at, one.key))


@pytest.fixture
def watch(store: SqlStore) -> Watch:
    """Give a watch over Paris."""
    return Watch(store, PARIS)


def test_bad_air_raises_one_alert_and_good_air_clears_it(watch: Watch):
    """With sentences that a person can read, in the time of the place."""
    watch.see(GOOD, BAD, BAD, BAD, GOOD, GOOD, GOOD, GOOD)

    (flip,) = watch.flips()
    assert ("high_aqi", "paris", "eaqi-2024", "Poor") == (
        flip.kind.value,
        flip.location,
        flip.scheme,
        flip.category,
    )
    assert (
        "The air in Paris is Poor (eaqi-2024): index 4 by PM2.5, since "
        "2026-03-29 00:00 (Europe/Paris)." == flip.message
    )
    assert (
        "The air in Paris is better than Poor (eaqi-2024) since 2026-03-29 04:00 "
        "(Europe/Paris): it was not for 3 h, and the index rose to 4."
        == flip.cleared_message
    )
    assert (EVENING + HOUR, EVENING + 4 * HOUR) == (flip.began_at, flip.ended_at)


def test_an_alert_goes_on_over_midnight(watch: Watch):
    """The condition is open; the new day raises no second one."""
    watch.see(*[BAD] * 30)

    assert ["2026-03-29"] == [str(one.day) for one in watch.flips()]


def test_once_cleared_it_is_not_raised_again_on_the_same_day(watch: Watch):
    """Of the day of the place: 23 hours on that day."""
    watch.see(GOOD, GOOD, BAD, BAD, GOOD, GOOD, GOOD, BAD, BAD, BAD)
    assert 1 == len(watch.flips())
    watch.see(*[GOOD] * 12, BAD, BAD)
    assert ["2026-03-29"] == [str(one.day) for one in watch.flips()]
    watch.see(BAD)

    assert ["2026-03-29", "2026-03-30"] == [str(one.day) for one in watch.flips()]


def test_air_that_gets_worse_raises_the_next_category(watch: Watch):
    """And the open alert knows how bad it became."""
    watch.see(60, 60, 100, 200, 200)

    found = {one.category: one.detail["worst_index"] for one in watch.flips()}
    assert {"Poor": 6, "Very poor": 6, "Extremely poor": 6} == found


def test_a_lower_category_says_that_it_is_worse(watch: Watch):
    """Very poor air is not just poor."""
    watch.see(100, 100)

    assert ["Poor or worse (eaqi-2024)", "Very poor (eaqi-2024)"] == [
        one.message.removeprefix("The air in Paris is ").split(":")[0]
        for one in watch.flips()
    ]


def test_each_scheme_has_its_own_alert(watch: Watch):
    """Their numbers are never compared."""
    watch.rules = BOTH
    watch.see(*[BAD] * 12)

    assert ["eaqi-2024", "us-epa-2024"] == [one.scheme for one in watch.flips()]


def test_the_same_answer_twice_raises_one_alert(watch: Watch):
    """A run may be done again after a crash."""
    watch.see(BAD)
    rows = Air().rows(watch.at, [BAD])
    first = watch.judge(rows)
    again = watch.judge(rows)

    assert {"alerts_raised": 1, "alerts_cleared": 0} == first
    assert {"alerts_raised": 0, "alerts_cleared": 0} == again
    assert 1 == len(watch.flips())


def test_turns_that_were_worked_out_twice_are_carried_out_once(
    watch: Watch, store: SqlStore
):
    """Two workers at once, each with its own view."""
    watch.see(BAD)
    rows = Air().rows(watch.at, [BAD])
    turns = [watch_air(store, RULES, [PARIS], rows, watch.at) for _ in range(2)]

    raised = [store.write(one.carry_out)["alerts_raised"] for one in turns]
    assert [1, 0] == raised


def test_hours_that_are_missing_change_nothing(watch: Watch):
    """Nobody knows, so the alert stays."""
    watch.see(BAD, BAD, None, None, GOOD, GOOD)

    assert [True] == [one.is_open for one in watch.flips()]


def test_what_is_old_is_not_the_present(watch: Watch):
    """Late data and imports raise nothing about the past."""
    rows = Air().rows(watch.at - 12 * HOUR, [BAD] * 8)

    assert {"alerts_raised": 0, "alerts_cleared": 0} == watch.judge(rows)


def test_what_lies_ahead_is_not_the_present(watch: Watch):
    """A forecast is not yet air."""
    rows = Air().rows(watch.at + HOUR, [BAD] * 8)

    assert 0 == watch.judge(rows)["alerts_raised"]


def test_the_measured_series_speaks_before_the_modelled(store: SqlStore):
    """In the order of the place's providers, as everywhere."""
    both = replace(PARIS, providers=("openaq", "open-meteo"))
    store.write(lambda unit: unit.locations.save(both))
    watch = Watch(store, both)
    measured = Air("openaq")
    for _ in range(3):
        watch.judge(measured.rows(watch.at, [GOOD]))
        watch.see(BAD)
    assert [] == watch.flips()

    watch.at += 4 * HOUR
    watch.see(BAD, BAD)
    assert ["open-meteo"] == [one.detail["provider"] for one in watch.flips()]


def test_every_pollutant_counts(watch: Watch):
    """The alert names the one that is worst."""
    ozone = Air(pollutant=Pollutant.O3)
    for _ in range(2):
        watch.judge(ozone.rows(watch.at, [150.0]))
        watch.see(GOOD)

    assert ["o3"] == [one.detail["pollutant"] for one in watch.flips()]


def test_a_place_for_which_nothing_came_is_not_judged(store: SqlStore):
    """Most minutes bring nothing, and cost nothing."""
    assert Turns() == watch_air(store, RULES, [PARIS], [], EVENING)


def test_without_rules_nobody_judges(watch: Watch):
    """`AIRQ_AIR_ALERTS=none`."""
    watch.rules = ()
    watch.see(BAD, BAD, BAD)

    assert [] == watch.flips()


def test_clean_air_is_not_read_from_the_store(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
):
    """Nearly all places are clean, and their past hours are many."""
    watch.see(GOOD, GOOD)
    reads: list[object] = []
    hours_of = SqlMeasurements.hours_of

    def counted(self: SqlMeasurements, *args: Any) -> list[Measurement]:
        reads.append(args)
        return hours_of(self, *args)

    monkeypatch.setattr(SqlMeasurements, "hours_of", counted)

    watch.see(GOOD)
    assert reads == []
    watch.see(BAD)
    assert len(reads) == 1


def test_an_open_alert_is_followed_in_clean_air(watch: Watch):
    """Its place is judged although no value of it is worth a look any more."""
    watch.see(BAD, BAD)
    watch.see(*[0.0] * 40)

    (flip,) = watch.flips()
    assert flip.ended_at is not None
