"""
How healthy a queue is: a score from 0 to 1 that explains itself.

The formulae and their reasons stand in `docs/explanation/health.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from airq_cron.domain.run import State
from airq_cron.domain.tally import CRASHED, TIME_LIMIT, Bin

BAD = frozenset({State.FAILED.value, State.DEAD.value, CRASHED, TIME_LIMIT})
# So many good runs are assumed before the first is seen, so that one bad one among
# few does not spoil the score.
ASSUMED = 20
MEDIUM_SAMPLES = 10
HIGH_SAMPLES = 30


class Confidence(StrEnum):
    """How much the figures behind a score say; `none`: there is no score."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where each figure has used up half of what its term can give."""

    failure_rate: float = 0.1
    waiting: int = 100
    handling_s: float = 30.0
    oldest_age_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What a queue did in the window, and how it stands.

    Attributes:
        succeeded, failed: runs that ended well, or badly.
        handled: executions that were timed, which took *handling_s* in all.
        arrivals: messages that were published; *done* were done with.
        waiting, oldest_age_s: the backlog as it stands; no age without messages.
        taken: messages whose waiting was timed, which took *dwell_s* in all.
    """

    succeeded: int = 0
    failed: int = 0
    handled: int = 0
    handling_s: float = 0.0
    arrivals: int = 0
    done: int = 0
    waiting: int = 0
    oldest_age_s: float | None = None
    taken: int = 0
    dwell_s: float = 0.0

    @property
    def failure_rate(self) -> float | None:
        """The share of bad ends; None when nothing ended."""
        ended = self.succeeded + self.failed
        return self.failed / ended if ended else None

    @property
    def mean_handling_s(self) -> float | None:
        """How long an execution took; None when none was timed."""
        return self.handling_s / self.handled if self.handled else None

    @property
    def mean_dwell_s(self) -> float | None:
        """How long a message waited until it was taken; None when none was timed."""
        return self.dwell_s / self.taken if self.taken else None


@dataclass(frozen=True, slots=True)
class Term:
    """
    One part of a score.

    Attributes:
        input: what was measured; None when nothing was.
        weight: its share of the score of a healthy queue.
        contribution: what it gives; the contributions of all terms add up to the
            score.
    """

    name: str
    input: float | None
    weight: float
    contribution: float
    samples: int
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Health:
    """A score with its terms; without one, nothing is known and no term given."""

    score: float | None
    confidence: Confidence
    terms: tuple[Term, ...] = ()


UNKNOWN = Health(None, Confidence.NONE)


@dataclass(frozen=True, slots=True)
class _Judged:
    name: str
    input: float | None
    weight: float
    value: float
    samples: int
    confidence: Confidence


def gather(
    bins: Sequence[Bin | None], waiting: int, oldest_age_s: float | None
) -> Facts | None:
    """Add up what was collected; None when nobody was collecting in any of *bins*."""
    known = [one for one in bins if one is not None]
    if not known:
        return None
    return Facts(
        succeeded=sum(one.counts.get(State.SUCCEEDED.value, 0) for one in known),
        failed=sum(one.counts.get(name, 0) for one in known for name in BAD),
        handled=sum(sum(one.handling) for one in known),
        handling_s=sum(one.handling_sum_s for one in known),
        taken=sum(sum(one.dwell) for one in known),
        dwell_s=sum(one.dwell_sum_s for one in known),
        arrivals=sum(one.arrivals for one in known),
        done=sum(one.total for one in known),
        waiting=waiting,
        oldest_age_s=oldest_age_s,
    )


def judge(facts: Facts | None, limits: Limits) -> Health:
    """Return the health that *facts* speak of; unknown when there are none."""
    if facts is None:
        return UNKNOWN
    judged = _judge_terms(facts, limits)
    # The weakest term weighs on all others: no three good ones hide a bad one.
    hold = (1 + min(one.value for one in judged)) / 2
    terms = tuple(
        Term(
            name=one.name,
            input=one.input,
            weight=one.weight,
            contribution=one.weight * one.value * hold,
            samples=one.samples,
            confidence=one.confidence,
        )
        for one in judged
    )
    score = min(1.0, sum(term.contribution for term in terms))
    return Health(score, confidence_of(facts.succeeded + facts.failed), terms)


def confidence_of(samples: int) -> Confidence:
    """Return how much so many samples say."""
    if samples >= HIGH_SAMPLES:
        return Confidence.HIGH
    return Confidence.MEDIUM if samples >= MEDIUM_SAMPLES else Confidence.LOW


def ease(strain: float) -> float:
    """Return 1 without strain, 0.5 at its limit (1), and ever less beyond it."""
    return 1 / (1 + strain * strain)


def _judge_terms(facts: Facts, limits: Limits) -> tuple[_Judged, ...]:
    ended = facts.succeeded + facts.failed
    rate = facts.failed / (ended + ASSUMED)
    mean_s = facts.handling_s / (facts.handled + ASSUMED)
    age_s = facts.oldest_age_s or 0.0
    backlog = max(facts.waiting / limits.waiting, age_s / limits.oldest_age_s)
    served = min(facts.done, facts.arrivals)
    share = served / facts.arrivals if facts.arrivals else None
    return (
        _judged(
            "failure_rate",
            facts.failure_rate,
            0.3,
            ease(rate / limits.failure_rate),
            ended,
        ),
        _judged(
            "processing_speed",
            facts.mean_handling_s,
            0.2,
            ease(mean_s / limits.handling_s),
            facts.handled,
        ),
        # It is looked at, not sampled.
        _Judged("backlog", facts.waiting, 0.25, ease(backlog), 1, Confidence.HIGH),
        _judged(
            "throughput",
            share,
            0.25,
            (served + ASSUMED) / (facts.arrivals + ASSUMED),
            facts.arrivals,
        ),
    )


def _judged(
    name: str, measured: float | None, weight: float, value: float, samples: int
) -> _Judged:
    return _Judged(name, measured, weight, value, samples, confidence_of(samples))
