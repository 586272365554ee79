"""Fire times as people check them: in local time, marked where clocks change."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from airq_cron.domain.cron import CronRule
from airq_cron.domain.period import Period
from airq_cron.domain.schedule import CronSchedule, Schedule
from airq_cron.domain.zone import SECOND, load_zone, offset_at, offset_changes

MOMENT = timedelta.resolution


class Mark(StrEnum):
    """
    What a clock change does to a fire time.

    `gap`: the time it is meant for is skipped, so it fires when the gap ends;
    `fold`: clocks show its local time twice that day.
    """

    GAP = "gap"
    FOLD = "fold"


class Novelty(StrEnum):
    """What a proposed change does to a fire time."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class FireTime:
    """
    One fire time.

    Attributes:
        at: aware, UTC.
        local: what clocks of the schedule's zone show, with the offset.
        novelty: None unless a change is proposed.
    """

    at: datetime
    local: str
    mark: Mark | None = None
    novelty: Novelty | None = None


def fire_times(schedule: Schedule, period: Period, *, limit: int) -> list[FireTime]:
    """Return the fire times in *period*, at most the first *limit*."""
    return [_shown(schedule, at) for at in _instants(schedule, period, limit)]


def compare_fire_times(
    old: Schedule, new: Schedule, period: Period, *, limit: int
) -> list[FireTime]:
    """
    Return the fire times in *period* of both schedules, at most the first *limit*.

    What both have is `kept`; a removed one is shown in the old schedule's zone.
    """
    before = set(_instants(old, period, limit))
    after = set(_instants(new, period, limit))
    found = []
    for at in sorted(before | after)[:limit]:
        if at not in after:
            found.append(_shown(old, at, Novelty.REMOVED))
        else:
            novelty = Novelty.KEPT if at in before else Novelty.ADDED
            found.append(_shown(new, at, novelty))
    return found


def _instants(schedule: Schedule, period: Period, limit: int) -> list[datetime]:
    # Schedules count from after an instant up to another.
    return schedule.between(period.start - MOMENT, period.end - MOMENT, limit)


def _shown(
    schedule: Schedule, at: datetime, novelty: Novelty | None = None
) -> FireTime:
    local = at.astimezone(load_zone(schedule.zone))
    return FireTime(at, local.isoformat(), _mark(schedule, at), novelty)


def _mark(schedule: Schedule, at: datetime) -> Mark | None:
    local = at.astimezone(load_zone(schedule.zone))
    if isinstance(schedule, CronSchedule) and _ends_gap(schedule, at):
        return Mark.GAP
    passes = {local.replace(fold=fold).utcoffset() for fold in (0, 1)}
    return Mark.FOLD if len(passes) > 1 else None


def _ends_gap(schedule: CronSchedule, at: datetime) -> bool:
    """Say whether *schedule* fires at *at* for a local time that was skipped."""
    zone = load_zone(schedule.zone)
    if schedule.follows_real_time or at not in offset_changes(zone, at.year):
        return False
    before, after = offset_at(at - SECOND, zone), offset_at(at, zone)
    # The rule on plain wall clocks: in UTC none is skipped.
    walls = CronRule(schedule.expression, "UTC")
    return bool(walls.between(at + before - MOMENT, at + after - MOMENT, 1))
