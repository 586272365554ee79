"""Raise and clear alerts about the parts that everything else stands on."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from airq_cron.domain.alert_rule import DEFAULTS
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.job_watch import LATELY
from airq_cron.errors import UnreachableError
from airq_cron.ports import Heartbeats, Queues, Store
from airq_cron.services.alert_rules import Defaults
from airq_cron.services.judge_alerts import AlertJudge, Look, Rules, Source
from airq_cron.services.keep_scores import ScoreKeeper
from airq_cron.services.look_around import Finding, look_at_broker, look_at_data
from airq_cron.services.look_at_breakers import look_at_breakers
from airq_cron.services.look_at_coverage import CoverageLook
from airq_cron.services.look_at_jobs import JOB_KINDS, look_at_jobs
from airq_cron.services.look_at_queues import (
    look_at_dead_letters,
    look_at_queue_health,
)
from airq_cron.services.look_for_misuse import look_for_misuse
from airq_cron.services.read_breakers import BreakerLine
from airq_cron.services.read_queue_health import HealthDesk, QueueHealth

BROKER_KINDS = frozenset(
    {FlipKind.QUEUE_BACKLOG, FlipKind.QUEUE_UNCONSUMED, FlipKind.BROKER_LOST}
)
DATA_KINDS = frozenset({FlipKind.STALE_DATA, FlipKind.INCOMPLETE_DATA})
HEALTH_KINDS = frozenset(
    {
        FlipKind.QUEUE_HEALTH,
        FlipKind.CRITICAL_BOTTLENECK,
        FlipKind.SLOW_PROCESSING,
    }
)
BREAKER_KINDS = frozenset({FlipKind.BREAKER_OPEN, FlipKind.BREAKER_STUCK})
LEDGER_KINDS = frozenset({FlipKind.DEAD_LETTERS})
MISUSE_KINDS = frozenset(
    {
        FlipKind.MANY_REFUSALS,
        FlipKind.MANY_MANUAL_RUNS,
        FlipKind.NEW_ADDRESS,
    }
)
LOG = logging.getLogger("airq.watcher")


@dataclass(frozen=True, slots=True)
class Asked:
    """
    The providers that are asked here.

    Attributes:
        names: of their hours something is expected.
        breakers: looks at those that guard them.
    """

    names: Collection[str] = ()
    breakers: Callable[[], Sequence[BreakerLine]] = tuple


NOBODY = Asked()


class PartsWatch:
    """One process's look at the parts; any number of them watch at once."""

    def __init__(  # noqa: PLR0913 - what it looks at, and how
        self,
        store: Store,
        queues: Queues,
        heartbeats: Heartbeats,
        *,
        defaults: Defaults = DEFAULTS,
        desk: HealthDesk | None = None,
        scores: ScoreKeeper | None = None,
        asked: Asked = NOBODY,
        interval: timedelta = timedelta(),
    ) -> None:
        """
        Watch the health of queues, too, where there is a *desk* that tells it.

        Args:
            scores: keeps those of queues, from the same look.
            asked: the providers that are asked here.
            interval: between two looks.
        """
        self._store = store
        self._queues = queues
        self._heartbeats = heartbeats
        # A look may come late, so that only two are sure to have one among them.
        self._lately = max(LATELY, 2 * interval)
        self._coverage = CoverageLook(store, asked.names)
        sources = [
            Source(BROKER_KINDS, self._look_at_broker, "Redis"),
            Source(DATA_KINDS, self._look_at_data),
            Source(LEDGER_KINDS, self._look_at_ledger),
            Source(MISUSE_KINDS, self._look_for_misuse),
            Source(JOB_KINDS, self._look_at_jobs),
        ]
        if desk is not None:
            look = partial(_look_at_health, desk, scores)
            sources.append(Source(HEALTH_KINDS, look, "the health of queues"))
        look = partial(_look_at_breakers, asked.breakers)
        sources.append(Source(BREAKER_KINDS, look, "breakers"))
        self._judge = AlertJudge(store, defaults, sources)

    def look(self, at: datetime) -> dict[str, int]:
        """
        Look once; return how many alerts were raised and cleared.

        Raises:
            StoreError: the database does not answer.
        """
        return self._judge.judge(at)

    @property
    def sources(self) -> Sequence[Source]:
        """Where it looks."""
        return self._judge.sources

    @property
    def defaults(self) -> Rules:
        """The rules that hold where people changed none."""
        return self._judge.defaults

    def rules(self) -> Rules:
        """Return the rules in force; raises StoreError."""
        return self._judge.rules()

    @property
    def found(self) -> Sequence[Finding]:
        """What the last look saw."""
        return self._judge.found

    @property
    def unsure(self) -> bool:
        """Whether something was seen that is not believed yet."""
        return self._judge.unsure

    def _look_at_broker(self, rules: Rules, at: datetime) -> Look:
        found = look_at_broker(
            self._queues,
            self._heartbeats,
            at,
            limit=int(rules[FlipKind.QUEUE_BACKLOG].threshold or 0),
        )
        return Look(list(found))

    def _look_at_ledger(self, rules: Rules, _at: datetime) -> Look:
        limit = rules[FlipKind.DEAD_LETTERS].threshold or 0
        with self._store.read() as unit:
            return Look([look_at_dead_letters(unit, limit)])

    def _look_for_misuse(self, rules: Rules, at: datetime) -> Look:
        with self._store.read() as unit:
            found = look_for_misuse(
                unit,
                at,
                refusals=rules[FlipKind.MANY_REFUSALS].threshold or 0,
                manual_runs=rules[FlipKind.MANY_MANUAL_RUNS].threshold or 0,
            )
            return Look(list(found), {FlipKind.NEW_ADDRESS})

    def _look_at_jobs(self, rules: Rules, _at: datetime) -> Look:
        with self._store.read() as unit:
            return Look(list(look_at_jobs(unit, rules, self._lately)), JOB_KINDS)

    def _look_at_data(self, rules: Rules, at: datetime) -> Look:
        old, gaps = rules[FlipKind.STALE_DATA], rules[FlipKind.INCOMPLETE_DATA]
        with self._store.read() as unit:
            found = list(look_at_data(unit, at, hours=old.threshold or 0))
        stale = {one.location or "" for one in found if one.holds and old.enabled}
        found += self._coverage.look(at, least=gaps.threshold or 0, stale=stale)
        return Look(found, DATA_KINDS)


def _look_at_health(
    desk: HealthDesk, scores: ScoreKeeper | None, rules: Rules, at: datetime
) -> Look:
    queues = desk.every().queues
    if scores is not None:
        _keep_scores(scores, queues, at)
    found = look_at_queue_health(
        queues,
        score=rules[FlipKind.QUEUE_HEALTH].threshold or 0,
        processing_ms=rules[FlipKind.SLOW_PROCESSING].threshold or 0,
    )
    return Look(list(found))


def _keep_scores(
    scores: ScoreKeeper, queues: Sequence[QueueHealth], at: datetime
) -> None:
    try:
        scores.keep(queues, at)
    except UnreachableError as error:
        # That Redis is gone is what the other look is about.
        LOG.warning("%s", error, extra={"action": "scores_failed"})


def _look_at_breakers(
    breakers: Callable[[], Sequence[BreakerLine]], _rules: Rules, at: datetime
) -> Look:
    return Look(list(look_at_breakers(breakers(), at)))
