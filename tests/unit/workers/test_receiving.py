"""What a worker lets in: its own messages, and nothing else."""

import importlib
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery.exceptions import InvalidTaskError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airq_cron.config import load
from airq_cron.ports.broker import ENQUEUED_HEADER

LIMITS = [300, 295]
HEAD = {
    "id": "a-run",
    "task": "airq.fetch",
    "timelimit": LIMITS,
    "eta": None,
    "expires": None,
    "group": None,
    "retries": 0,
    "shadow": None,
    "stamped_headers": None,
    ENQUEUED_HEADER: 1_790_000_000.5,
}
THEN = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
BODY = [["a-run"], {}, THEN]
BOUND = [["a-run"], {"task": "airq.fetch", "timelimit": LIMITS}, THEN]
LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
ANY = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=6,
)


@pytest.fixture
def receiving(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Give the module, which reads the settings when it is loaded."""
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setenv("AIRQ_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("AIRQ_VAR_DIR", str(tmp_path))
    yield importlib.import_module("workers.receiving")
    root.setLevel(level)


@pytest.mark.parametrize("events", [False, True])
def test_no_heartbeat_is_sent_that_nobody_hears(
    receiving: Any, monkeypatch: pytest.MonkeyPatch, *, events: bool
) -> None:
    """Celery's own is for Flower; the options of who starts it are left alone."""
    given = {"without_heartbeat": False, "hostname": "w"}
    heard: dict[str, Any] = {}
    monkeypatch.setattr(
        receiving.Consumer, "__init__", lambda _self, _, **named: heard.update(named)
    )
    monkeypatch.setattr(
        receiving, "system", SimpleNamespace(settings=load({}, celery_events=events))
    )

    receiving.GuardedConsumer(print, worker_options=given)

    options = heard["worker_options"]
    assert events is not options["without_heartbeat"]
    assert events is not options.get("without_gossip", False)
    assert {"without_heartbeat": False, "hostname": "w"} == given


def test_our_own_messages_pass(receiving: Any) -> None:
    """Plain ones, and sealed ones."""
    receiving.check_message(HEAD, BODY, sealed=False)
    receiving.check_message(HEAD, BOUND, sealed=True)


@pytest.mark.parametrize(
    ("head", "body", "why"),
    [
        ({}, "a text, as content types that nobody checks give", "one run's id"),
        ({}, None, "one run's id"),
        ({}, {"task": "airq.fetch", "args": ["a-run"]}, "one run's id"),
        ({}, [["a-run", "more"], {}, THEN], "one run's id"),
        ({}, [[7], {}, THEN], "one run's id"),
        ({"id": "another"}, BODY, "two runs"),
        ({}, [["a-run"], {}, THEN | {"callbacks": [{"task": "x"}]}], "to follow"),
        ({"eta": "2027-01-01T00:00:00"}, BODY, "never set"),
        ({"expires": 1}, BODY, "never set"),
        ({"retries": 3}, BODY, "never set"),
        ({"stamped_headers": ["x"]}, BODY, "never set"),
        ({"timelimit": "soon"}, BODY, "time limits"),
        ({"timelimit": [1]}, BODY, "time limits"),
        ({"timelimit": [-1, 2]}, BODY, "time limits"),
        ({ENQUEUED_HEADER: "today"}, BODY, "when it was sent"),
        ({ENQUEUED_HEADER: float("nan")}, BODY, "when it was sent"),
        ({ENQUEUED_HEADER: 1e300}, BODY, "when it was sent"),
        ({ENQUEUED_HEADER: True}, BODY, "when it was sent"),
    ],
)
def test_what_we_would_not_send_is_refused(
    receiving: Any, head: dict[str, Any], body: Any, why: str
) -> None:
    """With a reason for the log."""
    with pytest.raises(InvalidTaskError, match=why):
        receiving.check_message(HEAD | head, body, sealed=False)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ({}, BODY),
        ({"task": "airq.cleanup"}, BOUND),
        ({"timelimit": [1, 1]}, BOUND),
        ({"timelimit": [None, None]}, BOUND),
    ],
)
def test_a_seal_holds_for_task_and_limits_too(
    receiving: Any, head: dict[str, Any], body: Any
) -> None:
    """A sealed body under another head would be another order."""
    with pytest.raises(InvalidTaskError, match="sealed"):
        receiving.check_message(HEAD | head, body, sealed=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.dictionaries(st.sampled_from(sorted(HEAD)), ANY), body=ANY | st.just(BODY)
)
def test_no_message_breaks_the_check(
    receiving: Any, head: dict[str, Any], body: Any
) -> None:
    """Any head and any body are passed or refused: no other error gets out."""
    for sealed in (False, True):
        with suppress(InvalidTaskError):
            receiving.check_message(HEAD | head, body, sealed=sealed)
