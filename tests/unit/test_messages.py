"""Whoever can write to the broker cannot have code run by what they write."""

import pickle
from typing import Any

import pytest
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads, prepare_accept_content

from airq_cron.broker import make_celery

CALLED: list[str] = []


class Trap:
    """Calls a function when it is unpickled."""

    def __reduce__(self) -> Any:
        """Say how it is made."""
        return CALLED.append, ("unpickled",)


def test_only_json_is_read_from_the_broker() -> None:
    """Whatever a message says of itself; results are not read at all."""
    conf = make_celery("redis://127.0.0.1:1").conf
    accepted = prepare_accept_content(conf.accept_content)

    assert {"application/json"} == accepted
    assert conf.task_ignore_result
    assert (conf.result_accept_content or conf.accept_content) == ["json"]


@pytest.mark.parametrize(
    "declared", ["application/x-python-serialize", "application/x-yaml", "pickle"]
)
def test_a_trap_is_not_opened(declared: str) -> None:
    """A pickle is refused unread, and not opened as anything else."""
    accepted = prepare_accept_content(
        make_celery("redis://127.0.0.1:1").conf["accept_content"]
    )
    CALLED.clear()

    with pytest.raises(ContentDisallowed):
        loads(pickle.dumps(Trap()), declared, "binary", accept=accepted)

    assert [] == CALLED


def test_raw_bytes_stay_bytes() -> None:
    """What declares itself to be data is handed on unopened."""
    trap = pickle.dumps(Trap())
    CALLED.clear()

    assert trap == loads(trap, "application/data", "binary", accept=set())
    assert [] == CALLED


def test_json_is_read() -> None:
    """Or the test before would show nothing."""
    accepted = prepare_accept_content(
        make_celery("redis://127.0.0.1:1").conf["accept_content"]
    )
    kind, encoding, body = dumps(["run-id"], serializer="json")

    assert ["run-id"] == loads(body, kind, encoding, accept=accepted)
