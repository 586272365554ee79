"""Ask what indices providers report for some locations, and store them as such."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.measurement import Location
from airq_cron.domain.reported import ReportedIndex
from airq_cron.errors import MalformedError, ProviderError
from airq_cron.ports import FetchState, IndexProvider, Sample, Store, Unit
from airq_cron.services.pace import LEAVE_ALONE, has_news, hold_until
from airq_cron.services.refusals import (
    keep_samples,
    make_sample,
    settle_refusals,
)


@dataclass(slots=True)
class Reports:
    """What was reported, before it is stored."""

    at: datetime
    asked: int = 0
    not_due: int = 0
    rows: list[ReportedIndex] = field(default_factory=list)
    states: list[FetchState] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    error: ProviderError | None = None


def ask_reports(
    store: Store,
    providers: Mapping[str, IndexProvider],
    locations: Sequence[Location],
    at: datetime,
) -> Reports:
    """
    Ask each provider for its locations that are due; store nothing.

    All locations share the provider's monthly quota, so the more there are the
    less often each is asked. An error of a provider is kept for the caller.
    """
    reports = Reports(at=at)
    for provider in providers.values():
        wanted = [place for place in locations if provider.id in place.providers]
        due = due_reports(store, provider, wanted, at)
        reports.not_due += len(wanted) - len(due)
        for place in due:
            if not _ask(reports, provider, place):
                break
    return reports


def due_reports(
    store: Store, provider: IndexProvider, wanted: Sequence[Location], at: datetime
) -> list[Location]:
    """Return those of *wanted* for which *provider* may be asked at *at*."""
    if not wanted:
        return []
    with store.read() as unit:
        states = unit.locations.fetch_state(provider.id, [one.id for one in wanted])
        waiting = unit.locations.held(provider.id, at)
        places = unit.locations.all()
        disabled = unit.upstreams.state(provider.id).disabled_at is not None
    if disabled or waiting is not None:
        return []
    sharing = sum(place.enabled and provider.id in place.providers for place in places)
    step = pace(provider, sharing)
    return [place for place in wanted if has_news(states.get(place.id), step, at)]


def pace(provider: IndexProvider, places: int) -> timedelta:
    """
    Return how often each of *places* may be asked: whole minimum intervals.

    Thirteen places and 10,000 calls a month make an hour, and fourteen two.
    """
    needed = -(-places * provider.per_call // provider.min_interval)
    return max(1, needed) * provider.min_interval


def _ask(reports: Reports, provider: IndexProvider, place: Location) -> bool:
    """Ask for one place; say whether the provider may be asked for others."""
    reports.asked += 1
    try:
        rows = provider.report(place)
    except ProviderError as error:
        _note(reports, provider, place, error)
        if isinstance(error, MalformedError):
            reports.samples.append(make_sample(provider.id, reports.at, error))
        if error.outcome != "permanent_location":
            reports.error = error
        return not isinstance(error, LEAVE_ALONE)
    reports.rows += rows
    reports.states.append(FetchState(provider.id, place.id, reports.at, "ok"))
    return True


def _note(
    reports: Reports, provider: IndexProvider, place: Location, error: ProviderError
) -> None:
    reports.states.append(
        FetchState(
            provider.id,
            place.id,
            reports.at,
            error.outcome,
            str(error)[:500],
            hold_until(error, reports.at),
        )
    )


def store_reports(reports: Reports) -> Callable[[Unit], dict[str, Any]]:
    """
    Return the write that stores what was reported and says what became of it.

    It may be repeated. Indices that were known already are not counted as new.
    """

    def work(unit: Unit) -> dict[str, Any]:
        new = unit.reported.put(reports.rows)
        unit.locations.note_fetch(reports.states)
        settle_refusals(unit, reports.states)
        keep_samples(unit, reports.samples)
        return {
            "asked": reports.asked,
            "not_due": reports.not_due,
            "locations": dict(Counter(state.outcome for state in reports.states)),
            "stored": new,
            "unchanged": len(reports.rows) - new,
        }

    return work
