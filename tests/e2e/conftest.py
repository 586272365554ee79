"""Instances of `airq up` that are running, and a person who uses them."""

from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path

import pytest

from tests.conftest import WaitUntil
from tests.e2e.airq_up import AirqUp
from tests.e2e.caller import Caller

# Made-up air reaches one of these in all but two hours a year.
ORDINARY_AIR = "eaqi-2024:2,us-epa-2024:51"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what waits for minutes begin, in any directory; others run meanwhile."""
    long = [one for one in items if one.get_closest_marker("timeout")]
    short = [one for one in items if one not in long]
    # Each process is handed two at first.
    pairs = zip_longest(long, short[: len(long)])
    items[:] = [*filter(None, chain(*pairs)), *short[len(long) :]]


@pytest.fixture
def running(tmp_path: Path, wait_until: WaitUntil) -> Iterator[AirqUp]:
    """Give an instance on the sandbox, with everything ready; it is easily alarmed."""
    with AirqUp(tmp_path / "var", AIRQ_AIR_ALERTS=ORDINARY_AIR) as up:
        up.start("--provider", "sandbox")
        up.wait_until_running(wait_until)
        yield up


@pytest.fixture
def caller(running: AirqUp) -> Caller:
    """Give a person with the admin token."""
    return Caller(running)
