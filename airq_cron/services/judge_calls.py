"""Say by which rules a breaker judges the calls to its provider."""

from datetime import datetime
from threading import Lock

from airq_cron.clock import Clock
from airq_cron.domain.breaker import BreakerRules, Hold
from airq_cron.domain.schedule import parse_schedule
from airq_cron.ports import Store, Unit
from airq_cron.services.fetch_run import places_for

# The shortest period of the jobs changes rarely, and calls are made often.
RULES_KEPT_S = 60.0
# What a person sets holds for the fleet within a second.
HOLD_KEPT_S = 1.0


class StoredStanding:
    """
    What the database says of breakers; see `ports.BreakerStanding`.

    Args:
        usual: the rules by the settings, before the window is made longer.
    """

    def __init__(self, store: Store, usual: BreakerRules, clock: Clock) -> None:
        self._store = store
        self._usual = usual
        self._clock = clock
        self._kept: dict[str, tuple[float, BreakerRules]] = {}
        self._holds: dict[str, tuple[float, Hold | None]] = {}
        self._lock = Lock()

    def rules(self, name: str) -> BreakerRules:
        """Return when it opens and closes; asked of the jobs once a minute."""
        now = self._clock.monotonic()
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or now - kept[0] > RULES_KEPT_S:
                with self._store.read() as unit:
                    found = effective_rules(unit, name, self._usual)
                kept = self._kept[name] = (now, found)
            return kept[1]

    def hold(self, name: str) -> Hold | None:
        """Return what a person set, if it holds now; asked once a second."""
        now = self._clock.monotonic()
        with self._lock:
            kept = self._holds.get(name)
            if kept is None or now - kept[0] > HOLD_KEPT_S:
                with self._store.read() as unit:
                    found = standing_hold(unit, name, unit.runs.now())
                kept = self._holds[name] = (now, found)
            return kept[1]


def effective_rules(unit: Unit, name: str, usual: BreakerRules) -> BreakerRules:
    """Return the rules of provider *name*, for the enabled jobs that ask it."""
    jobs, places = unit.jobs.of_kind("fetch"), unit.locations.all()
    return usual.for_periods(
        period
        for job in jobs
        if job.enabled
        if any(name in one.providers for one in places_for(job.params, places, jobs))
        if (period := parse_schedule(job.schedule, job.zone).period()) is not None
    )


def standing_hold(unit: Unit, name: str, at: datetime) -> Hold | None:
    """Return what a person set, if it holds at *at*."""
    hold = unit.breakers.hold(name)
    return hold if hold is not None and hold.holds(at) else None
