"""The sentences in which an alert says that it was raised, and that it is over."""

from datetime import datetime

from airq_cron.domain.alert import AirRule, Judgement
from airq_cron.domain.flip import Flip
from airq_cron.domain.measurement import Location
from airq_cron.domain.period import HOUR
from airq_cron.domain.report_words import NAMES
from airq_cron.domain.zone import load_zone


def say_raised(
    place: Location, rule: AirRule, level: int, judged: Judgement, since: datetime
) -> str:
    """Say what the air is, by which figure, and since when by clocks at the place."""
    by = NAMES[judged.pollutant]
    worse = " or worse" if judged.level > level else ""
    return (
        f"The air in {place.name} is {rule.category(level)}{worse} ({rule.scheme.id}): "
        f"index {judged.rating.index.index} by {by}, since {_clock(since, place)}."
    )


def say_cleared(flip: Flip, place: Location, ended_at: datetime) -> str:
    """Say how long it was, and how bad it became."""
    hours = max(1, (ended_at - flip.began_at) // HOUR)
    return (
        f"The air in {place.name} is better than {flip.category} ({flip.scheme}) since "
        f"{_clock(ended_at, place)}: it was not for {hours} h, and the index rose to "
        f"{flip.detail['worst_index']}."
    )


def _clock(at: datetime, place: Location) -> str:
    local = at.astimezone(load_zone(place.zone))
    return f"{local:%Y-%m-%d %H:%M} ({place.zone})"
