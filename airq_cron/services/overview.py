"""Everything that is known at one moment: jobs, queues, processes, data."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from airq_cron.domain.bottleneck import Bottleneck
from airq_cron.domain.flip import Flip
from airq_cron.domain.health import Confidence
from airq_cron.domain.measurement import Location, Origin
from airq_cron.ports import Check, FetchState
from airq_cron.services.diagnose import Finding
from airq_cron.services.read_breakers import BreakerLine
from airq_cron.services.read_stats import JobReport


class Overall(StrEnum):
    """How the whole instance does."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class QueueLine:
    """
    One queue.

    Attributes:
        waiting: None when the broker does not answer.
        in_flight: running runs, from the ledger.
        consumers: names of the workers that take from it.
        score, confidence: how well it does; None and `none` when unknown.
        bottlenecks: what holds it up, the worst first.
    """

    name: str
    waiting: int | None
    oldest_age_s: float | None
    in_flight: int
    consumers: tuple[str, ...]
    score: float | None = None
    confidence: Confidence = Confidence.NONE
    bottlenecks: tuple[Bottleneck, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """
    How fresh the data of one location are.

    Attributes:
        newest_at: begin of its newest hour; None without data.
        age_s: seconds since then.
        last_fetch: what the last question to a provider came to.
    """

    location: Location
    newest_at: datetime | None
    age_s: int | None
    fresh: bool
    last_fetch: FetchState | None


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """
    A process that says it is alive, and the queues it takes from.

    Attributes:
        children, busy: of a worker, its processes and how many of them work.
    """

    name: str
    role: str
    queues: tuple[str, ...]
    at: datetime
    children: int | None = None
    busy: int | None = None


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """
    An upstream that can be asked, and what its licence wants to be shown.

    Attributes:
        origin: None where it gives indices of its own only.
    """

    id: str
    origin: Origin | None
    attribution: str


@dataclass(frozen=True, slots=True)
class Overview:
    """
    The state of the instance at one moment.

    Attributes:
        reasons: sentences a person can act on; empty when all is well.
        warnings: what does not degrade anything yet, with what to do about it.
        bottlenecks: what holds any queue up, the worst first.
        alerts: those that are open, the last raised first, at most 100.
        health_check: the last one, by its job or because somebody asked for it.
        as_of: the earlier of the moments at which database and telemetry were read.
    """

    state: Overall
    reasons: tuple[str, ...]
    warnings: tuple[Finding, ...]
    jobs: tuple[JobReport, ...]
    queues: tuple[QueueLine, ...]
    bottlenecks: tuple[Bottleneck, ...]
    processes: tuple[ProcessLine, ...]
    locations: tuple[PlaceLine, ...]
    providers: tuple[ProviderLine, ...]
    breakers: tuple[BreakerLine, ...]
    alerts: tuple[Flip, ...]
    health_check: Check | None
    as_of: datetime
