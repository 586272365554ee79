"""How fresh and how complete the hours of a place are, and what is missing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.domain.measurement import Series
from airq_cron.domain.period import HOUR, Period, expected_hours, hour_starts
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.preference import FRESH

# Every source gives one value an hour.
INTERVAL = HOUR
DAY, WEEK, MONTH = (timedelta(days=count) for count in (1, 7, 30))


@dataclass(frozen=True, slots=True)
class Presence:
    """
    What is stored of one series in some stretch of time.

    Attributes:
        pollutant: None of a provider that never gave anything.
        first_at, last_at: begin of its first and last hour ever.
        hours: begins of the hours that have a value.
        revisions: how often stored values were replaced by others.
    """

    provider: str
    pollutant: Pollutant | None
    first_at: datetime | None
    last_at: datetime | None
    hours: frozenset[datetime] = frozenset()
    revisions: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the expected hours have a value."""

    expected: int
    present: int

    @property
    def missing(self) -> int:
        """Hours without a value."""
        return self.expected - self.present

    @property
    def coverage(self) -> float | None:
        """The share of 0 to 1; None where no hour is expected."""
        return self.present / self.expected if self.expected else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a stretch one series of a place covers."""

    provider: str
    pollutant: Pollutant
    share: Share


@dataclass(frozen=True, slots=True)
class Gap:
    """
    Hours in a row without a value.

    Attributes:
        fillable: the provider may be asked for at least one of them.
        why: why not; empty when it may.
    """

    period: Period
    fillable: bool
    why: str = ""

    @property
    def hours(self) -> int:
        """How many hours are missing."""
        return expected_hours(self.period)


@dataclass(frozen=True, slots=True)
class Completeness:
    """
    One series of a place, as far as it is known at some instant.

    Attributes:
        state: `fresh`; `stale` when its newest hour began too long ago; `ended`
            when nobody asks its provider; `never_delivered` without any value.
        age_s: seconds since its newest hour began.
        revision_rate: replaced values over values, in the stretch looked at.
        gaps: oldest first, before the hours that may still come.
    """

    provider: str
    pollutant: Pollutant | None
    state: str
    newest_at: datetime | None
    age_s: int | None
    week: Share
    month: Share
    revision_rate: float | None
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Upstream:
    """Whether a provider is asked here, and how far back it can be asked."""

    asked: bool
    keeps: timedelta = timedelta()


def settled_until(at: datetime) -> datetime:
    """Return up to when hours should be there: younger ones may still come."""
    return at.replace(minute=0, second=0, microsecond=0) - FRESH


def assess(
    found: Presence, upstream: Upstream, length: timedelta, at: datetime
) -> Completeness:
    """
    Return what is missing of a series in the *length* of time before *at*.

    A series is expected from its first hour on. Of a provider that nobody asks
    here, such as an import, nothing is expected, so nothing is missing.
    """
    newest = found.last_at
    rate = found.revisions / len(found.hours) if found.hours else None
    window = _expected(found, upstream, length, at)
    return Completeness(
        provider=found.provider,
        pollutant=found.pollutant,
        state=_state(found, upstream, at),
        newest_at=newest,
        age_s=None if newest is None else int((at - newest).total_seconds()),
        week=_share(found, _expected(found, upstream, WEEK, at)),
        month=_share(found, _expected(found, upstream, MONTH, at)),
        revision_rate=rate,
        gaps=tuple(
            _gap(period, upstream, at) for period in find_gaps(found.hours, window)
        ),
    )


def least_covered(
    series: Iterable[Series],
    counts: Mapping[tuple[str, str, Pollutant], int],
    asked: Collection[str],
    window: Period,
) -> Coverage | None:
    """
    Return the pollutant of a place that has fewest hours in *window*; None of none.

    Of each pollutant the provider counts that has most: the API shows one of them,
    and never mixes two. Hours before the first one of a series are not missing, and
    what gave nothing for a month is not expected any more.

    Args:
        series: of one place.
        counts: hours with a value in *window*, as the store gives them.
        asked: the providers that are asked for the place.
    """
    most: dict[Pollutant, Coverage] = {}
    for one in series:
        if one.provider not in asked or one.last_at < window.end - MONTH:
            continue
        young = max(timedelta(), min(one.first_at, window.end) - window.start) // HOUR
        present = counts.get((one.location, one.provider, one.pollutant), 0)
        expected = expected_hours(window)
        share = Share(expected, min(expected, present + young))
        known = most.get(one.pollutant)
        if known is None or share.present > known.share.present:
            most[one.pollutant] = Coverage(one.provider, one.pollutant, share)
    return min(most.values(), key=lambda one: one.share.present, default=None)


def find_gaps(present: Collection[datetime], window: Period) -> list[Period]:
    """Return the longest stretches of *window* without an hour of *present*."""
    gaps: list[Period] = []
    for hour in hour_starts(window):
        if hour in present:
            continue
        if gaps and gaps[-1].end == hour:
            gaps[-1] = Period(gaps[-1].start, hour + HOUR)
        else:
            gaps.append(Period(hour, hour + HOUR))
    return gaps


def join_periods(periods: Iterable[Period], slack: timedelta) -> list[Period]:
    """Return *periods* in order, those joined that lie at most *slack* apart."""
    joined: list[Period] = []
    for period in sorted(periods, key=lambda one: (one.start, one.end)):
        if joined and period.start - joined[-1].end <= slack:
            last = joined[-1]
            joined[-1] = Period(last.start, max(last.end, period.end))
        else:
            joined.append(period)
    return joined


def kept_part(period: Period, keeps: timedelta, at: datetime) -> Period | None:
    """Return what of *period* a provider still has that keeps the last *keeps*."""
    since = at - keeps
    start = max(period.start, since.replace(minute=0, second=0, microsecond=0) + HOUR)
    return Period(start, period.end) if start < period.end else None


def _expected(
    found: Presence, upstream: Upstream, length: timedelta, at: datetime
) -> Period:
    until = settled_until(at)
    if not upstream.asked or found.first_at is None:
        return Period(until, until)
    first = found.first_at.replace(minute=0, second=0, microsecond=0)
    return Period(min(until, max(until - length, first)), until)


def _share(found: Presence, window: Period) -> Share:
    present = sum(1 for hour in found.hours if hour in window)
    return Share(expected_hours(window), present)


def _gap(period: Period, upstream: Upstream, at: datetime) -> Gap:
    if kept_part(period, upstream.keeps, at) is None:
        days = upstream.keeps // timedelta(days=1)
        return Gap(period, fillable=False, why=f"older than the {days} days it keeps")
    return Gap(period, fillable=True)


def _state(found: Presence, upstream: Upstream, at: datetime) -> str:
    if found.last_at is None:
        return "never_delivered"
    if not upstream.asked:
        return "ended"
    return "fresh" if at - found.last_at <= FRESH else "stale"


def fillable_periods(
    series: Sequence[Completeness], keeps: dict[str, timedelta], at: datetime
) -> list[Period]:
    """Return what can be asked for of all gaps, in no order."""
    return [
        part
        for one in series
        for gap in one.gaps
        if gap.fillable
        and (part := kept_part(gap.period, keeps[one.provider], at)) is not None
    ]
