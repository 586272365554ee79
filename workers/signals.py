"""What Celery tells us: a worker starts, forks, and stops."""

import atexit
import logging
from typing import Any

from celery import signals

from airq_cron.errors import AirqError
from airq_cron.garbage import collect_seldom, spare_what_is_there
from airq_cron.ports import Heartbeat
from airq_cron.services.describe_process import describe_process

from .app import system
from .base import Place
from .children import active_runs
from .counting import Gatherer
from .leases import Keeper, LeaseKeeper

LOG = logging.getLogger("airq.worker")


@signals.setup_logging.connect(weak=False)
def keep_our_logging(**_: Any) -> None:
    """Leave logging as it is: Celery would replace our handlers."""


@signals.celeryd_init.connect(weak=False)
def check_parts(**_: Any) -> None:
    """End with exit code 2 when the database or Redis cannot be reached."""
    try:
        system.check_parts()
    except AirqError as error:
        LOG.critical("%s", error)
        raise SystemExit(2) from error
    finally:
        # Nothing may be open when the pool forks.
        system.store.dispose()


@signals.worker_before_create_process.connect(weak=False)
def share_memory(**_: Any) -> None:
    """Let a child share what is there."""
    spare_what_is_there()


@signals.worker_process_init.connect(weak=False)
def begin_child(**_: Any) -> None:
    """Give the child its own connections, and a collector that comes less often."""
    collect_seldom()
    Place.renew()


@signals.worker_ready.connect(weak=False)
def begin_worker(sender: Any, **_: Any) -> None:
    """Start keeping leases once the pool is up."""
    heartbeat = Heartbeat(
        name=Place.worker,
        role="worker",
        at=system.clock.now(),
        detail={
            **describe_process(system.settings.message_ring),
            "name": str(sender.hostname),
            "queues": sorted(system.celery.amqp.queues.consume_from),
            "children": sender.controller.concurrency,
        },
    )
    settings = system.settings
    if settings.metrics_collection:
        Gatherer.current = Gatherer(
            system.counters,
            heartbeat.detail["queues"],
            histograms=settings.performance_monitoring,
        )
    Keeper.current = LeaseKeeper(system, heartbeat, active_runs)
    Keeper.current.start()
    # A cold shutdown does not send the signal below.
    atexit.register(end_worker)
    LOG.info("worker ready", extra={"action": "worker_ready", "worker": Place.worker})


@signals.worker_shutting_down.connect(weak=False)
def begin_end(**_: Any) -> None:
    """Celery now waits for what runs, without a limit; we know one."""
    if Keeper.current is not None:
        Keeper.current.begin_stop()


@signals.worker_shutdown.connect(weak=False)
def end_worker(**_: Any) -> None:
    """Hand back what the children did not finish."""
    if Keeper.current is not None:
        Keeper.current.stop()
