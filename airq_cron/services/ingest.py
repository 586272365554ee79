"""Fetch what the providers have new for some locations, and store it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from airq_cron.domain.measurement import Location, Measurement, check_reading
from airq_cron.domain.period import Period, floor_hour
from airq_cron.domain.run import Claim
from airq_cron.domain.source import Source
from airq_cron.errors import (
    BreakerOpenError,
    MalformedError,
    PermanentLocationError,
    ProviderError,
    QuotaError,
)
from airq_cron.ports import (
    FetchState,
    LocationReadings,
    Provider,
    Sample,
    Store,
    Unit,
    UpsertCount,
)
from airq_cron.services.asking import Ask, Question, asking, asks
from airq_cron.services.pace import (
    LEAVE_ALONE,
    REFUSED_PLACE,
    has_news,
    hold_until,
)
from airq_cron.services.refusals import (
    FOR_GOOD,
    keep_samples,
    make_sample,
    settle_refusals,
)

HOUR = timedelta(hours=1)
# A model run can revise past hours; so far back is asked again each time.
LOOK_BACK = timedelta(hours=24)
# The newest stored hour may be that of an import, from years ago.
FURTHEST_BACK = timedelta(days=92)
# Measured: so many hold the write lock of SQLite for some 30 ms, 15,000 for 280.
MOST_ROWS = 2000
NOT_KEPT = "not_kept"
LEFT_FOR_LATER = (BreakerOpenError, QuotaError)


@dataclass(slots=True)
class Fetched:
    """
    What one fetch gave, before it is stored.

    Attributes:
        not_kept: places whose hours their provider does not keep any more.
        held: by outcome, places for which nobody is asked: their provider has
            said when to come back, refuses us for good, or refuses the place.
        held_until: when the last of those may be asked again that said so.
    """

    at: datetime
    asked: int = 0
    not_due: int = 0
    not_kept: int = 0
    held: Counter[str] = field(default_factory=Counter)
    held_until: datetime | None = None
    rows: list[Measurement] = field(default_factory=list)
    states: list[FetchState] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    error: ProviderError | None = None

    @property
    def answered(self) -> bool:
        """Whether any provider gave an answer for any place."""
        return any(state.outcome == "ok" for state in self.states)


def fetch_readings(
    store: Store,
    providers: Mapping[str, Provider],
    locations: Sequence[Location],
    at: datetime,
) -> Fetched:
    """
    Ask each provider for its locations that are due; store nothing.

    A provider is asked again for a place when its minimum interval has begun
    anew since the last answer, so that a job of every minute costs one call an
    hour. The newest stored hour decides how far back is asked.

    An error of a provider is kept for the caller, who stores what came before
    it. A provider that refuses because of a quota, or for good, is left alone.
    """
    fetched = Fetched(at=at)
    for provider in providers.values():
        wanted = [place for place in locations if provider.id in place.providers]
        with store.read() as unit:
            states = _states(unit, provider.id, wanted)
            wanted = _accepting(fetched, unit, provider.id, wanted, states)
            newest = unit.measurements.newest_by_location(
                provider.id, [place.id for place in wanted]
            )
        due = [place for place in wanted if is_due(provider, states.get(place.id), at)]
        fetched.not_due += len(wanted) - len(due)
        questions = []
        for batch in _batches(provider, due):
            since = min(_since(provider, newest.get(place.id), at) for place in batch)
            questions.append((batch, Period(since, floor_hour(at) + HOUR)))
        _ask_all(fetched, provider, questions)
    return fetched


def _states(
    unit: Unit, provider: str, places: Sequence[Location]
) -> dict[str, FetchState]:
    return unit.locations.fetch_state(provider, [place.id for place in places])


def _batches(
    provider: Provider, places: Sequence[Location]
) -> Iterator[Sequence[Location]]:
    for start in range(0, len(places), provider.batch_size):
        yield places[start : start + provider.batch_size]


def _accepting(
    fetched: Fetched,
    unit: Unit,
    provider: str,
    places: Sequence[Location],
    states: Mapping[str, FetchState],
) -> list[Location]:
    """Return those of *places* for which the provider may be asked; note the others."""
    if not places:
        return []
    if unit.upstreams.state(provider).disabled_at is not None:
        fetched.held[FOR_GOOD] += len(places)
        return []
    if (blocking := unit.locations.held(provider, fetched.at)) is not None:
        fetched.held[blocking.outcome] += len(places)
        known = fetched.held_until or fetched.at
        fetched.held_until = max(known, blocking.not_before or known)
        return []
    open_to = [
        place
        for place in places
        if place.id not in states or states[place.id].outcome != REFUSED_PLACE
    ]
    if len(open_to) < len(places):
        fetched.held[REFUSED_PLACE] += len(places) - len(open_to)
    return open_to


def fetch_hours(
    store: Store,
    providers: Mapping[str, Provider],
    locations: Sequence[Location],
    hours: Period,
    at: datetime,
) -> Fetched:
    """
    Ask each provider for these hours of its locations, due or not; store nothing.

    Hours that a provider keeps no more are left out, and who may not be asked is
    not. Of what came of it only refusals are remembered that hold for the provider:
    the live schedule must not take old hours for an answer about the present one.
    """
    fetched = Fetched(at=at)
    for provider in providers.values():
        wanted = [place for place in locations if provider.id in place.providers]
        kept = max(hours.start, floor_hour(at - provider.keeps))
        if kept >= hours.end:
            fetched.not_kept += len(wanted) if hours.length else 0
            continue
        with store.read() as unit:
            states = _states(unit, provider.id, wanted)
            wanted = _accepting(fetched, unit, provider.id, wanted, states)
        asked = Period(kept, hours.end)
        batches = _batches(provider, wanted)
        _ask_all(fetched, provider, [(batch, asked) for batch in batches])
    fetched.states = [one for one in fetched.states if one.not_before is not None]
    return fetched


def due_locations(
    store: Store,
    providers: Mapping[str, Provider],
    locations: Sequence[Location],
    at: datetime,
) -> list[str]:
    """Return the ids of those for which one of *providers* may have news at *at*."""
    with store.read() as unit:
        states = {
            one: unit.locations.fetch_state(one)
            for one in providers
            if unit.upstreams.state(one).disabled_at is None
            and unit.locations.held(one, at) is None
        }
    return [
        place.id
        for place in locations
        if any(
            is_due(provider, states[name].get(place.id), at)
            for name, provider in providers.items()
            if name in states and provider.id in place.providers
        )
    ]


def is_due(provider: Provider, state: FetchState | None, at: datetime) -> bool:
    """
    Say whether *provider* can have something new for a place at *at*.

    Only an answer waits for the next interval; after an error the next minute
    may ask again.
    """
    return has_news(state, provider.min_interval, at, provider.phase)


def _since(provider: Provider, newest: datetime | None, at: datetime) -> datetime:
    earliest = at - min(provider.keeps, FURTHEST_BACK)
    wanted = at - LOOK_BACK if newest is None else min(newest, at - LOOK_BACK)
    return floor_hour(max(earliest, wanted))


def _ask_all(
    fetched: Fetched, provider: Provider, questions: Sequence[Question]
) -> None:
    """Ask for each batch, until the provider must be left alone."""
    for (batch, hours), ask in asking(provider, questions):
        if not _take(fetched, provider, batch, hours, ask):
            break


def _take(
    fetched: Fetched,
    provider: Provider,
    batch: Sequence[Location],
    hours: Period,
    ask: Ask,
) -> bool:
    """Take an answer; say whether the provider may be asked for others as well."""
    fetched.asked += 1
    try:
        answers = ask()
    except PermanentLocationError as error:
        if len(batch) > 1:
            # By halves: one bad place in a hundred costs 14 more calls, not 100.
            middle = len(batch) // 2
            return all(
                _take(fetched, provider, half, hours, asks(provider, half, hours))
                for half in (batch[:middle], batch[middle:])
            )
        _note(fetched, provider, batch, error)
    except ProviderError as error:
        _note(fetched, provider, batch, error)
        fetched.error = graver(fetched.error, error)
        if isinstance(error, MalformedError):
            fetched.samples.append(make_sample(provider.id, fetched.at, error))
        return not isinstance(error, LEAVE_ALONE)
    else:
        for answer in answers:
            _check(fetched, provider, answer)
    return True


def graver(known: ProviderError | None, new: ProviderError) -> ProviderError:
    """
    Return the error that says how a run ended that met both, the later one of equals.

    A provider that failed is not hidden by another one that is only left alone.
    """
    both = [new] if known is None else [new, known]
    return max(both, key=lambda error: not isinstance(error, LEFT_FOR_LATER))


def _note(
    fetched: Fetched,
    provider: Provider,
    batch: Sequence[Location],
    error: ProviderError,
) -> None:
    fetched.states.extend(
        FetchState(
            provider.id,
            place.id,
            fetched.at,
            error.outcome,
            str(error)[:500],
            hold_until(error, fetched.at),
        )
        for place in batch
    )


def _check(fetched: Fetched, provider: Provider, answer: LocationReadings) -> None:
    name, origin = provider.id, provider.origin
    for reading in answer.readings:
        checked = check_reading(
            reading,
            provider=name,
            location=answer.location,
            origin=origin,
            fetched_at=fetched.at,
        )
        if isinstance(checked, str):
            fetched.refused[checked] += 1
        else:
            fetched.rows.append(checked)
    fetched.sources += answer.sources
    fetched.states.append(FetchState(name, answer.location, fetched.at, "ok"))


def store_fetched(
    store: Store, fetched: Fetched, *, claim: Claim | None = None
) -> Callable[[Unit], dict[str, Any]]:
    """
    Store all but the last part of what was fetched, and return how to store that.

    After a long outage, or for many places, it is more than one transaction may
    hold; most fetches have one part only. What is returned is the last write of
    the run; it may be repeated, and says what became of everything: `outcome` is
    `ok`, `unchanged`, `not_due`, `not_kept` or the class of the error.

    Raises:
        LeaseLostError: another attempt owns the run now.
    """
    *early, last = _parts(fetched.rows) or [[]]
    count = UpsertCount()
    for part in early:
        count += store.write(partial(_store_part, part=part), claim=claim)
    return partial(_conclude, fetched=fetched, part=last, before=count)


def _parts(rows: Sequence[Measurement]) -> list[list[Measurement]]:
    """
    Cut *rows* into parts for a transaction each, one place after the other.

    A place's oldest hours come first: the newest one that is stored decides from
    where on it is asked again, should this attempt die in between. The order is
    the same everywhere, so that two fetches never wait for each other.
    """
    ordered = sorted(rows, key=lambda row: (row.provider, row.location, row.valid_from))
    return [ordered[at : at + MOST_ROWS] for at in range(0, len(ordered), MOST_ROWS)]


def _store_part(unit: Unit, part: Sequence[Measurement]) -> UpsertCount:
    # A place may have been removed while it was being asked for.
    return unit.measurements.upsert_known(part)


def _conclude(
    unit: Unit, *, fetched: Fetched, part: Sequence[Measurement], before: UpsertCount
) -> dict[str, Any]:
    count = before + _store_part(unit, part)
    unit.locations.note_fetch(fetched.states)
    settle_refusals(unit, fetched.states)
    keep_samples(unit, fetched.samples)
    unit.sources.note(fetched.sources)
    return {
        "outcome": _outcome(fetched, count),
        "asked": fetched.asked,
        "not_due": fetched.not_due,
        "held": dict(fetched.held),
        "locations": dict(Counter(state.outcome for state in fetched.states)),
        "stored": count.stored,
        "revised": count.revised,
        "unchanged": count.unchanged,
        "refused": dict(fetched.refused),
    }


def _outcome(fetched: Fetched, count: UpsertCount) -> str:
    if fetched.error is not None:
        return fetched.error.outcome
    if fetched.asked == 0:
        if fetched.not_due == 0 and fetched.held:
            return min(fetched.held)
        return NOT_KEPT if fetched.not_kept else "not_due"
    if count.stored or count.revised:
        return "ok"
    bad = next((s.outcome for s in fetched.states if s.outcome != "ok"), None)
    return bad or "unchanged"
