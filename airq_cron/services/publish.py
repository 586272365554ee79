"""Publish runs, and note which of them are in their queues."""

import logging
from collections.abc import Sequence

from airq_cron.errors import StoreError, UnreachableError
from airq_cron.ports import Dispatcher, Message, Store

LOG = logging.getLogger("airq.publish")


def publish_runs(
    store: Store, dispatcher: Dispatcher, messages: Sequence[Message]
) -> bool:
    """
    Publish *messages* whose runs are stamped as sent; say whether it worked.

    A broker that fails loses nothing: the runs stay `scheduled`, and a sweeper
    sends them again. So it does when a busy database could not be told in time:
    what is published is published, and a second copy is harmless.
    """
    if not messages:
        return True
    try:
        dispatcher.publish(messages)
    except UnreachableError as error:
        LOG.warning("%s", error, extra={"action": "publish_failed"})
        return False
    ids = [message.run_id for message in messages]
    try:
        store.write(lambda unit: unit.runs.mark_queued(ids))
    except StoreError as error:
        LOG.warning("%s", error, extra={"action": "note_failed"})
        return False
    return True
