"""What did not run while an alert was open, and how its end tells that."""

from dataclasses import dataclass
from datetime import datetime

from airq_cron.domain.job_watch_words import between, runs


@dataclass(frozen=True, slots=True)
class Dropped:
    """
    Fire times of one job, or of all that an alert was about, that had no run.

    Attributes:
        skipped: on purpose, such as for overlap with a run that did not end.
        first, last: the first and the last of them, both included.
    """

    missed: int
    skipped: int
    jobs: int
    first: datetime
    last: datetime


def say_dropped(dropped: Dropped | None, zone: str, at: datetime) -> str:
    """
    Return `; meanwhile 3 runs were skipped, 10:15 to 10:45 (UTC)`, or nothing.

    Args:
        zone: whose clocks tell the times.
        at: of the message.
    """
    if dropped is None or not dropped.missed + dropped.skipped:
        return ""
    parts = [
        f"{runs(count)} {'was' if count == 1 else 'were'} {word}"
        for word, count in (("missed", dropped.missed), ("skipped", dropped.skipped))
        if count
    ]
    of = f" of {dropped.jobs} jobs" if dropped.jobs > 1 else ""
    when = between(dropped.first, dropped.last, zone, at)
    return f"; meanwhile {' and '.join(parts)}{of}, {when}"
