"""What the watcher looks at, wired: beat, the health check and the API judge alike."""

from dataclasses import replace

from airq_cron.ports import Store
from airq_cron.services.keep_scores import ScoreKeeper
from airq_cron.services.watch_parts import Asked, PartsWatch
from airq_cron.system import System


def parts_watch(system: System, store: Store, *, keeps: bool = False) -> PartsWatch:
    """
    Return a watch over the parts of *system*.

    Args:
        store: what it reads and writes alerts with.
        keeps: whether it keeps the scores of queues, for their trends; they are not
            where nobody counts what they rest on.
    """
    settings = system.settings
    scores = ScoreKeeper(
        system.snapshots,
        interval=settings.queue_check_interval,
        kept=settings.queue_retention,
    )
    breakers = replace(system.breaker_desk, store=store)
    return PartsWatch(
        store,
        system.queues,
        system.heartbeats,
        defaults=system.alert_defaults,
        desk=replace(system.health_desk, store=store),
        scores=scores if keeps and settings.metrics_collection else None,
        asked=Asked(tuple(breakers.names), breakers.lines),
        interval=settings.queue_check_interval,
    )
