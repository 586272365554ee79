"""Publishing, and noting what is in the queues."""

import logging
import sqlite3
from contextlib import closing

import pytest

from airq_cron.domain.run import State
from airq_cron.ports import Message
from airq_cron.services.publish import publish_runs
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import RecordingDispatcher
from tests import entries


def entered(store: SqlStore, *minutes: int) -> list[Message]:
    """Enter runs and return their messages."""
    runs = [entries.run(minute) for minute in minutes]
    entries.enter(store, *runs)
    return [Message(run.id, run.kind, run.queue, run.priority) for run in runs]


def test_what_is_published_is_queued(store: SqlStore) -> None:
    """In the order given."""
    dispatcher = RecordingDispatcher()
    messages = entered(store, 0, 1)

    assert publish_runs(store, dispatcher, messages)
    assert messages == dispatcher.published
    assert [State.QUEUED] * 2 == entries.states(store, dispatcher.ids)


def test_nothing_is_published_for_nothing(store: SqlStore) -> None:
    """Not even a connection is opened."""
    dispatcher = RecordingDispatcher()
    dispatcher.broken = True

    assert publish_runs(store, dispatcher, [])


def test_a_broker_that_fails_is_told_and_survived(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    """The runs stay `scheduled`, for a sweeper to send."""
    dispatcher = RecordingDispatcher()
    dispatcher.broken = True
    messages = entered(store, 0)

    with caplog.at_level(logging.WARNING):
        assert not publish_runs(store, dispatcher, messages)

    assert [State.SCHEDULED] == entries.states(store, [messages[0].run_id])
    assert ["publish_failed"] == [record.action for record in caplog.records]  # type: ignore[attr-defined]


def test_a_run_that_a_worker_already_took_is_not_queued_again(
    store: SqlStore,
) -> None:
    """A worker may be faster than the note about its message."""
    messages = entered(store, 0)
    entries.claim(store, messages[0].run_id)

    publish_runs(store, RecordingDispatcher(), messages)

    assert [State.RUNNING] == entries.states(store, [messages[0].run_id])


def test_a_database_that_is_too_busy_costs_only_the_note(
    system: System, caplog: pytest.LogCaptureFixture
) -> None:
    """The message is out, the caller is not told of an error, a sweeper sees to it."""
    store = system.store
    dispatcher = RecordingDispatcher()
    messages = entered(store, 0)
    address = f"file:{system.settings.sqlite_path}"

    with closing(sqlite3.connect(address, uri=True)) as other:
        other.execute("BEGIN IMMEDIATE")
        with caplog.at_level(logging.WARNING):
            assert not publish_runs(store, dispatcher, messages)

    assert messages == dispatcher.published
    assert [State.SCHEDULED] == entries.states(store, dispatcher.ids)
    assert ["note_failed"] == [record.action for record in caplog.records]  # type: ignore[attr-defined]
