"""Show when a job fires, and when it would after a change."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airq_cron.domain.firing import FireTime, compare_fire_times, fire_times
from airq_cron.domain.job import Job
from airq_cron.domain.page import Page, cut_page
from airq_cron.domain.period import Period, local_day
from airq_cron.domain.run import instant_text
from airq_cron.domain.schedule import Schedule, check_frequency, parse_schedule
from airq_cron.errors import InvalidError
from airq_cron.ports import Store

USUAL_WINDOW = timedelta(days=1)
LONGEST_WINDOW = timedelta(days=366)
LARGEST_PAGE = 1000

Moment = datetime | date


@dataclass(frozen=True, slots=True)
class PreviewQuery:
    """
    Which fire times to show.

    Attributes:
        since: an instant, or a local day from its begin; None is now.
        until: an instant, excluded, or a local day to its end; None is one day
            after *since*.
        schedule, zone: a proposed change; None leaves it as it is.
        after: the fire time of the last item already seen, as text.
    """

    since: Moment | None = None
    until: Moment | None = None
    schedule: str | None = None
    zone: str | None = None
    limit: int = LARGEST_PAGE
    after: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """
    The fire times of a job in a period, as if it were switched on.

    Attributes:
        schedule: the proposed one when there is a change.
        page: fire times, oldest first.
    """

    job: Job
    schedule: Schedule
    period: Period
    page: Page[FireTime]


def preview_job(
    store: Store, name: str, query: PreviewQuery, *, shortest: timedelta
) -> Preview:
    """
    Return when the job *name* fires in the period that *query* asks for.

    With a proposed schedule or zone, the fire times of both are returned, each
    marked as kept, added or removed.

    Args:
        shortest: a proposed schedule may not fire more often.

    Raises:
        NotFoundError: no such job.
        ScheduleError: the proposed schedule cannot be accepted.
        InvalidError: `to` does not follow `from`, or lies too far off.
    """
    with store.read() as unit:
        job, now = unit.jobs.get(name), unit.runs.now()
    old = new = parse_schedule(job.schedule, job.zone)
    proposed = query.schedule is not None or query.zone is not None
    if proposed:
        new = parse_schedule(query.schedule or job.schedule, query.zone or job.zone)
        check_frequency(new, shortest)
    period = _period(query, new.zone, now)
    rest = period
    if query.after is not None:
        seen = datetime.fromisoformat(query.after[0]) + timedelta.resolution
        rest = Period(min(max(seen, period.start), period.end), period.end)
    # One more than asked for proves that there is a next page.
    if proposed:
        found = compare_fire_times(old, new, rest, limit=query.limit + 1)
    else:
        found = fire_times(old, rest, limit=query.limit + 1)
    page = cut_page(found, query.limit, lambda one: (instant_text(one.at),))
    return Preview(job, new, period, page)


def preview_schedule(
    query: PreviewQuery, *, at: datetime, shortest: timedelta
) -> tuple[FireTime, ...]:
    """
    Return when a job that is not there yet would fire.

    Args:
        query: its schedule and zone, in a period that begins at *at* unless it says
            otherwise; the zone is UTC unless it is named.
        shortest: it may not fire more often.

    Raises:
        ScheduleError: the schedule cannot be accepted.
        InvalidError: `to` does not follow `from`, or lies too far off.
    """
    schedule = parse_schedule(query.schedule or "", query.zone or "UTC")
    check_frequency(schedule, shortest)
    period = _period(query, schedule.zone, at)
    return tuple(fire_times(schedule, period, limit=query.limit))


def _period(query: PreviewQuery, zone: str, now: datetime) -> Period:
    start = now if query.since is None else _instant(query.since, zone, last=False)
    end = start + USUAL_WINDOW
    if query.until is not None:
        end = _instant(query.until, zone, last=True)
    if end <= start:
        raise InvalidError("to", "must lie after from")
    if end - start > LONGEST_WINDOW:
        raise InvalidError("to", f"at most {LONGEST_WINDOW.days} days at once")
    return Period(start, end)


def _instant(moment: Moment, zone: str, *, last: bool) -> datetime:
    if isinstance(moment, datetime):
        return moment
    day = local_day(moment, zone)
    return day.end if last else day.start
