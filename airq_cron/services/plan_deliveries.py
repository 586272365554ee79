"""Enter the deliveries that alerts are due, and publish them."""

from collections.abc import Sequence

from airq_cron.domain.delivery import (
    JOB,
    NEWS,
    delivery,
    due_deliveries,
    possible_ids,
)
from airq_cron.domain.run import NewRun
from airq_cron.errors import NotFoundError
from airq_cron.ports import Channel, Dispatcher, Message, Store, Unit
from airq_cron.services.alert_rules import rules_in_force
from airq_cron.services.publish import publish_runs
from airq_cron.services.tick import ready_messages


def plan_deliveries(
    store: Store, dispatcher: Dispatcher, channels: Sequence[Channel], *, by: str
) -> int:
    """
    Make a run for every message that is due and has none; return how many.

    It follows from the alerts and the ledger alone: whoever raised an alert and then
    died, its message is found here. Any number may plan at once; the ledger's key
    refuses a second run. It writes only when there is something new. While
    somebody has switched the job off, nothing is planned.

    Args:
        by: who plans.

    Raises:
        StoreError: the database does not answer.
    """
    if not channels:
        return 0
    with store.read() as unit:
        wanted = _missing(unit, channels, by)
    if not wanted:
        return 0

    def work(unit: Unit) -> list[Message]:
        new = set(unit.runs.insert(wanted))
        return ready_messages([run for run in wanted if run.id in new])

    messages = store.write(work)
    publish_runs(store, dispatcher, messages)
    return len(messages)


def _missing(unit: Unit, channels: Sequence[Channel], by: str) -> list[NewRun]:
    at = unit.runs.now()
    flips = unit.flips.recent(at - NEWS)
    if not flips:
        return []
    try:
        job = unit.jobs.get(JOB)
    except NotFoundError:
        # Somebody else's database, not seeded by this version yet.
        return []
    if not job.enabled:
        return []
    rules = rules_in_force(unit)
    pairs = [
        (flip, channel.name)
        for flip in flips
        for channel in channels
        if flip.severity.at_least(channel.least)
    ]
    known = unit.runs.known(
        [
            run_id
            for flip, channel in pairs
            for run_id in possible_ids(flip, rules[flip.kind], channel, at)
        ]
    )
    return [
        delivery(flip, notice, channel, job, by)
        for flip, channel in pairs
        for notice in due_deliveries(flip, rules[flip.kind], channel, known, at)
    ]
