"""Look at how queues do, and at runs that failed for good, for alerts."""

from collections import Counter
from collections.abc import Iterator, Sequence

from airq_cron.domain.flip import FlipKind
from airq_cron.domain.job_watch_words import runs
from airq_cron.domain.run import Run
from airq_cron.domain.severity import Severity
from airq_cron.ports import LetterFilter, Unit
from airq_cron.services.look_around import Finding
from airq_cron.services.read_queue_health import QueueHealth

# An alert ends only when the figure is clearly better, so that it does not flap.
CLEARLY = 0.8
# So many are counted at most, whatever has piled up.
MOST_LETTERS = 100
MOST_JOBS = 3


def look_at_score(line: QueueHealth, threshold: float) -> Finding:
    """
    Look whether the score of a queue is below *threshold*.

    Between it and a fifth of the way to 1 nothing changes; without a score nothing
    is known.
    """
    score = line.health.score
    well = threshold + (1 - threshold) * (1 - CLEARLY)
    holds = None if score is None or threshold <= score < well else score < threshold
    worst = min(
        line.health.terms,
        key=lambda term: term.contribution / term.weight,
        default=None,
    )
    cause = f" mostly for its {worst.name.replace('_', ' ')}" if worst else ""
    return Finding(
        kind=FlipKind.QUEUE_HEALTH,
        subject=f"queue:{line.name}",
        holds=holds,
        message=f"Queue {line.name} is unwell,{cause}: its score is {score or 0:.2f}, "
        f"below {threshold:g}. What would help: airq queues recommend {line.name}",
        relief=f"The score of queue {line.name} is {score or 0:.2f}",
        detail={"score": score, "threshold": threshold},
    )


def look_at_bottlenecks(line: QueueHealth) -> Finding:
    """Look whether something holds a queue up critically."""
    worst = [one for one in line.bottlenecks if one.severity is Severity.CRITICAL]
    said = "; ".join(one.message for one in worst)
    return Finding(
        kind=FlipKind.CRITICAL_BOTTLENECK,
        subject=f"queue:{line.name}",
        holds=None if line.facts is None else bool(worst),
        message=f"Queue {line.name} is held up: {said}. "
        f"What would help: airq queues recommend {line.name}",
        relief=f"Nothing holds queue {line.name} up critically",
        detail={"bottlenecks": [one.kind.value for one in worst]},
    )


def look_at_processing(line: QueueHealth, limit_ms: float) -> Finding:
    """
    Look whether executions of a queue take longer than *limit_ms* on average.

    It is over below four fifths of it, or when none was timed in the last hour.
    """
    mean_s = None if line.facts is None else line.facts.mean_handling_s
    took_ms = None if mean_s is None else mean_s * 1000
    if line.facts is None:
        holds = None
    elif took_ms is None or took_ms < limit_ms * CLEARLY:
        holds = False
    else:
        holds = True if took_ms > limit_ms else None
    shown = "none was timed" if took_ms is None else f"one takes {took_ms:.0f} ms"
    return Finding(
        kind=FlipKind.SLOW_PROCESSING,
        subject=f"queue:{line.name}",
        holds=holds,
        message=f"Executions of queue {line.name} take {took_ms or 0:.0f} ms on "
        f"average, more than {limit_ms:g}. Which: airq queues recommend {line.name}",
        relief=f"Executions of queue {line.name} in the last hour: {shown}",
        detail={"mean_ms": took_ms, "limit_ms": limit_ms},
    )


def look_at_queue_health(
    lines: Sequence[QueueHealth], *, score: float, processing_ms: float
) -> Iterator[Finding]:
    """Look at every queue; *score* and *processing_ms* are the thresholds."""
    for line in lines:
        yield look_at_score(line, score)
        yield look_at_bottlenecks(line)
        yield look_at_processing(line, processing_ms)


def look_at_dead_letters(unit: Unit, limit: float) -> Finding:
    """Look whether more than *limit* runs failed for good and were not seen to."""
    letters = unit.runs.find_dead_letters(
        LetterFilter(), limit=MOST_LETTERS, after=None
    )
    count = len(letters)
    shown = f"{count} or more runs" if count == MOST_LETTERS else runs(count)
    return Finding(
        kind=FlipKind.DEAD_LETTERS,
        subject="ledger:dead-letters",
        holds=count > limit,
        message=f"{shown} failed for good ({_jobs(letters)}): see "
        "airq dead-letters list, then retry or discard",
        relief=f"{shown} left that failed for good",
        detail={"count": count, "limit": limit},
    )


def _jobs(letters: Sequence[Run]) -> str:
    found = Counter(run.job for run in letters)
    named = [f"{name}: {count}" for name, count in found.most_common(MOST_JOBS)]
    return ", ".join(named) + (", ..." if len(found) > MOST_JOBS else "")
