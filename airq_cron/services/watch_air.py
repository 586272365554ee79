"""Judge the newest hours of some places, and raise and clear alerts about them."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airq_cron.domain.alert import (
    LOOK_BACK,
    AirRule,
    Hours,
    Judgement,
    began,
    cleared,
    judge,
    least_micros,
    reached,
)
from airq_cron.domain.alert_words import say_cleared, say_raised
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.hourly import HourlyAggregate, aggregate_hours
from airq_cron.domain.measurement import Location, Measurement
from airq_cron.domain.period import HOUR, floor_hour, local_date
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.preference import FRESH, present_provider
from airq_cron.domain.run import instant_text
from airq_cron.ports import Store, Unit
from airq_cron.services.alert_rules import raise_alert

Air = Mapping[Pollutant, Hours]


@dataclass(slots=True)
class Turns:
    """What is to be changed: flips to raise, to follow and to clear."""

    raised: list[Flip] = field(default_factory=list)
    followed: list[tuple[Flip, dict[str, Any]]] = field(default_factory=list)
    cleared: list[tuple[Flip, datetime, str]] = field(default_factory=list)

    def carry_out(self, unit: Unit) -> dict[str, int]:
        """
        Write the changes; return how many alerts were raised and cleared.

        Twice is harmless: a flip's key holds the condition and the local day.
        """
        for flip, detail in self.followed:
            unit.flips.follow(flip.id, detail)
        return {
            "alerts_cleared": sum(
                unit.flips.clear(flip.id, ended_at=ended_at, message=message)
                for flip, ended_at, message in self.cleared
            ),
            "alerts_raised": sum(raise_alert(unit, flip) for flip in self.raised),
        }


def watch_air(
    store: Store,
    rules: Sequence[AirRule],
    places: Sequence[Location],
    rows: Sequence[Measurement],
    at: datetime,
) -> Turns:
    """
    Judge what the air of *places* is at *at*; write nothing.

    It is done before the writing transaction, which holds up all others, and of
    places for which nothing new came it is not done at all.

    Args:
        rows: what was fetched and is about to be stored.
    """
    turns = Turns()
    new = {row.location for row in rows}
    fetched = [place for place in places if place.id in new] if rules else []
    if not fetched:
        return turns
    with store.read() as unit:
        flips = unit.flips.open_of([place.id for place in fetched])
        by_place = defaultdict(list)
        for flip in flips:
            by_place[flip.location].append(flip)
        ids = {*by_place, *_remarkable(unit, fetched, rows, rules, at)}
        judged = [place for place in fetched if place.id in ids]
        stored = _read_hours(unit, judged, at)
    ours = [row for row in rows if row.location in ids]
    air = _present_air(judged, [*stored, *ours], at)
    for place in judged:
        known = by_place.get(place.id, [])
        for rule in rules:
            _judge_place(turns, place, rule, air.get(place.id, {}), known, at)
    return turns


def _remarkable(
    unit: Unit,
    places: Sequence[Location],
    rows: Sequence[Measurement],
    rules: Sequence[AirRule],
    at: datetime,
) -> set[str]:
    """Return those of *places* that may raise anything: the database names them."""
    bounds = least_micros(rules)
    found = {
        row.location
        for row in rows
        if row.micros >= bounds.get((row.pollutant, row.unit), math.inf)
    }
    for provider, asked in _by_provider(places):
        since, until = _span(at)
        found |= unit.measurements.exceeding(asked, provider, since, until, bounds)
    return found


def _read_hours(
    unit: Unit, places: Sequence[Location], at: datetime
) -> list[Measurement]:
    since, until = _span(at)
    return [
        row
        for provider, asked in _by_provider(places)
        for row in unit.measurements.hours_of(asked, provider, since, until)
    ]


def _by_provider(places: Sequence[Location]) -> list[tuple[str, list[str]]]:
    """Return the providers of *places* in order, each with the ids of its places."""
    names = sorted({name for place in places for name in place.providers})
    return [
        (name, [place.id for place in places if name in place.providers])
        for name in names
    ]


def _span(at: datetime) -> tuple[datetime, datetime]:
    until = floor_hour(at) + HOUR
    return until - FRESH - LOOK_BACK, until


def _present_air(
    places: Sequence[Location], rows: Sequence[Measurement], at: datetime
) -> dict[str, Air]:
    """
    Return, by place, the hours of each pollutant from who speaks for the present.

    Args:
        rows: of one hour the last counts; those that began after *at* do not.
    """
    latest = {
        (row.location, row.provider, row.pollutant, row.valid_from): row
        for row in rows
        if at - FRESH - LOOK_BACK <= row.valid_from <= at
    }
    found: dict[str, dict[Pollutant, dict[str, list[HourlyAggregate]]]] = {}
    for hour in aggregate_hours(latest.values()):
        of_pollutant = found.setdefault(hour.location, {})
        by_provider = of_pollutant.setdefault(hour.pollutant, {})
        by_provider.setdefault(hour.provider, []).append(hour)
    return {
        place.id: _speaking(found.get(place.id, {}), place.providers, at)
        for place in places
    }


def _speaking(
    series: Mapping[Pollutant, Mapping[str, Hours]],
    preference: Sequence[str],
    at: datetime,
) -> dict[Pollutant, Hours]:
    spoken: dict[Pollutant, Hours] = {}
    for pollutant, by_provider in series.items():
        newest = {name: hours[-1].hour for name, hours in by_provider.items()}
        name = present_provider(newest, preference)
        if name is not None and at - newest[name] <= FRESH:
            spoken[pollutant] = by_provider[name]
    return spoken


def _judge_place(
    turns: Turns,
    place: Location,
    rule: AirRule,
    air: Air,
    flips: Sequence[Flip],
    at: datetime,
) -> None:
    known = {flip.condition: flip for flip in flips}
    levels = reached(air, rule)
    for level in rule.levels():
        flip = known.get(_condition(place, rule, level))
        if flip is None:
            if level in levels:
                turns.raised.append(_raise(place, rule, level, levels[level], air, at))
            continue
        _follow(turns, flip, rule, air)
        ended_at = cleared(air, rule, level, Pollutant(flip.detail["pollutant"]))
        if ended_at is not None:
            turns.cleared.append((flip, ended_at, say_cleared(flip, place, ended_at)))


def _raise(
    place: Location,
    rule: AirRule,
    level: int,
    judged: Judgement,
    air: Air,
    at: datetime,
) -> Flip:
    condition = _condition(place, rule, level)
    day = local_date(judged.hour, place.zone)
    since = began(air[judged.pollutant], rule.scheme, level)
    return Flip(
        kind=FlipKind.HIGH_AQI,
        key=f"{condition}:{day}",
        condition=condition,
        subject=f"location:{place.id}",
        message=say_raised(place, rule, level, judged, since),
        began_at=since,
        raised_at=at,
        location=place.id,
        scheme=rule.scheme.id,
        category=rule.category(level),
        day=day,
        detail={
            "pollutant": judged.pollutant.value,
            "provider": judged.provider,
            "averaging": judged.rating.averaging,
            "hour": instant_text(judged.hour),
            "index": judged.rating.index.index,
            "worst": float(judged.number),
            "worst_index": judged.rating.index.index,
        },
    )


def _follow(turns: Turns, flip: Flip, rule: AirRule, air: Air) -> None:
    """Note when the air has become worse than it was since the flip was raised."""
    found = [judge(hours, rule.scheme, hours[-1].hour) for hours in air.values()]
    known = [one for one in found if one is not None]
    worst = max(known, key=lambda one: one.number, default=None)
    if worst is not None and worst.number > flip.detail["worst"]:
        index = worst.rating.index.index
        detail = {"worst": float(worst.number), "worst_index": index}
        turns.followed.append((flip, {**flip.detail, **detail}))


def _condition(place: Location, rule: AirRule, level: int) -> str:
    return f"{FlipKind.HIGH_AQI}:{place.id}:{rule.scheme.id}:{level}"
